use crate::{Row, StoreError, Value};
use rusqlite::{Connection, Statement};
use std::cell::Cell;

/// A transaction, or a consistent view when reading. Parameters are `$1`, `$2` … in every statement.
pub struct Tx<'c> {
    connection: &'c Connection,
    appended: Cell<bool>,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, appended: Cell::new(false) }
    }

    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn execute(&self, sql: &str, params: &[Value]) -> Result<usize, StoreError> {
        let mut statement = self.prepare(sql, params)?;
        Ok(statement.raw_execute()?)
    }

    /// All rows of a query. Give every query that can grow a `LIMIT`.
    ///
    /// # Errors
    /// Whatever the database says, or what `read` does.
    pub fn query<T>(
        &self,
        sql: &str,
        params: &[Value],
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.prepare(sql, params)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            found.push(read(&Row { values })?);
        }
        Ok(found)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Tx::query`].
    pub fn query_opt<T>(
        &self,
        sql: &str,
        params: &[Value],
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(sql, params, read)?.into_iter().next())
    }

    /// The first row.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none, else as [`Tx::query`].
    pub fn query_one<T>(
        &self,
        sql: &str,
        params: &[Value],
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.query_opt(sql, params, read)?.ok_or(StoreError::NotFound)
    }

    /// Runs `part` so that its error undoes only what it did itself.
    ///
    /// # Errors
    /// What `part` returns; a failure of the database takes precedence.
    pub fn savepoint<T, E: From<StoreError>>(
        &self,
        part: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let run = |sql| self.connection.execute_batch(sql).map_err(StoreError::from);
        run("SAVEPOINT part")?;
        let outcome = part(self);
        if self.is_lost() {
            return outcome;
        }
        if outcome.is_err() {
            run("ROLLBACK TO part")?;
        }
        run("RELEASE part")?;
        outcome
    }

    /// Whether the database has given the whole transaction up by itself, as it does on a full disk.
    pub(crate) fn is_lost(&self) -> bool {
        self.connection.is_autocommit()
    }

    pub(crate) fn note_append(&self) {
        self.appended.set(true);
    }

    pub(crate) fn has_appended(&self) -> bool {
        self.appended.get()
    }

    fn prepare(&self, sql: &str, params: &[Value]) -> Result<rusqlite::CachedStatement<'c>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        Ok(statement)
    }
}

/// Binds by name: SQLite numbers `$n` by first appearance, which need not be the order of the numbers.
fn bind(statement: &mut Statement<'_>, params: &[Value]) -> Result<(), StoreError> {
    for (position, value) in params.iter().enumerate() {
        let name = format!("${}", position + 1);
        if let Some(index) = statement.parameter_index(&name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}
