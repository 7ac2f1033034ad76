//! The entries: table `knowledge_entries`.

use crate::embedding::Embedding;
use aetherius_contracts::knowledge::{KnowledgeEntry, KnowledgeMatch, SearchQuery};
use aetherius_store::{Migration, Row, StoreError, Tx};

#[cfg(test)]
mod tests;

/// The service's schema.
pub const MIGRATIONS: &[Migration] = &[Migration {
    owner: "knowledge",
    version: 1,
    sql: "
    CREATE TABLE knowledge_entries (
        id         TEXT PRIMARY KEY,
        project_id TEXT NOT NULL,
        category   TEXT NOT NULL,
        body       TEXT NOT NULL,
        embedding  BLOB NOT NULL
    );
    CREATE INDEX knowledge_entries_project ON knowledge_entries (project_id, id);",
}];

/// Adds an entry or puts it in the place of the one with its id.
pub(crate) fn put(tx: &Tx<'_>, project: &str, entry: &KnowledgeEntry) -> Result<(), StoreError> {
    let body = serde_json::to_string(entry).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(
        "INSERT INTO knowledge_entries (id, project_id, category, body, embedding) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET category = excluded.category, body = excluded.body, embedding = excluded.embedding
         WHERE project_id = excluded.project_id",
        &[
            (&entry.id).into(),
            project.into(),
            (&entry.category).into(),
            body.into(),
            Embedding::of(&format!("{}\n{}", entry.title, entry.content)).to_bytes().into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn count(tx: &Tx<'_>, project: &str) -> Result<u32, StoreError> {
    tx.query_one("SELECT count(*) FROM knowledge_entries WHERE project_id = $1", &[project.into()], |row| {
        row.get(0)
    })
}

pub(crate) fn get(tx: &Tx<'_>, project: &str, id: &str) -> Result<Option<KnowledgeEntry>, StoreError> {
    let sql = "SELECT body FROM knowledge_entries WHERE project_id = $1 AND id = $2";
    tx.query_opt(sql, &[project.into(), id.into()], entry)
}

pub(crate) fn list(
    tx: &Tx<'_>,
    project: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<KnowledgeEntry>, StoreError> {
    let sql = "SELECT body FROM knowledge_entries WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    tx.query(sql, &[project.into(), after.into(), limit.into()], entry)
}

pub(crate) fn delete(tx: &Tx<'_>, project: &str, id: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM knowledge_entries WHERE project_id = $1 AND id = $2";
    Ok(tx.execute(sql, &[project.into(), id.into()])? == 1)
}

/// The entries most like the query's text, best first.
pub(crate) fn search(
    tx: &Tx<'_>,
    project: &str,
    query: &SearchQuery,
) -> Result<Vec<KnowledgeMatch>, StoreError> {
    let wanted = Embedding::of(&query.text);
    let scored = tx.query(
        "SELECT body, embedding FROM knowledge_entries WHERE project_id = $1 AND ($2 = '' OR category = $2)",
        &[project.into(), (&query.category).into()],
        |row| {
            let embedding: Vec<u8> = row.get(1)?;
            let score = wanted.likeness(&Embedding::from_bytes(&embedding));
            // Reading the entry is the larger part of the work, so only for those that may be wanted.
            (score >= query.threshold).then(|| Ok(KnowledgeMatch { entry: entry(row)?, score })).transpose()
        },
    )?;
    let mut matches: Vec<KnowledgeMatch> = scored
        .into_iter()
        .flatten()
        .filter(|found| query.tags.iter().all(|tag| found.entry.tags.contains(tag)))
        .collect();
    matches.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.entry.id.cmp(&b.entry.id)));
    matches.truncate(query.top_k as usize);
    Ok(matches)
}

fn entry(row: &Row) -> Result<KnowledgeEntry, StoreError> {
    let body: String = row.get(0)?;
    serde_json::from_str(&body).map_err(|error| StoreError::Corrupt(error.to_string()))
}
