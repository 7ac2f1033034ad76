//! Clauses and statements that an injection goes on with.

use super::{
    CLAUSE_TOKENS_MAX, Place, condition, ends_in_comment, is_literal,
    token::{Kind, Token},
    word,
};

/// What follows `UNION`.
pub(super) fn select_list(tokens: &[Token], firm: bool) -> bool {
    let skipped =
        tokens.iter().take_while(|token| matches!(token.kind, Kind::Quantifier | Kind::Open)).count();
    let Some(select) = tokens.get(skipped) else { return false };
    if select.kind != Kind::Select {
        return select.kind == Kind::Special
            && firm
            && tokens.get(skipped + 1).is_some_and(|token| token.kind == Kind::Open);
    }
    let list = &tokens[skipped + 1..];
    let words = list
        .iter()
        .take_while(|token| matches!(token.kind, Kind::Quantifier | Kind::Special | Kind::Open))
        .count();
    let list = &list[words..];
    let Some(first) = list.first() else { return firm };
    let second = list.get(1).map(|token| token.kind);
    let literal = is_literal(first.kind) || first.kind == Kind::Arithmetic;
    let called = second == Some(Kind::Open);
    let listed = matches!(second, Some(Kind::Comma | Kind::Rest | Kind::From) | None);
    let bracketed = words > 0 || tokens[..skipped].iter().any(|token| token.kind == Kind::Open);
    if firm || bracketed || select.after_comment {
        literal || called || listed || second == Some(Kind::Dot) || first.kind == Kind::Weapon
    } else {
        (literal && (second != Some(Kind::Word) || first.kind == Kind::Constant) && listed)
            || (called && first.kind == Kind::Function)
    }
}

/// A statement of its own, after a semicolon.
pub(super) fn statement(text: &[u8], tokens: &[Token]) -> bool {
    let rest = {
        let blank =
            tokens.iter().take_while(|token| matches!(token.kind, Kind::Semicolon | Kind::Open)).count();
        &tokens[blank..]
    };
    let Some(first) = rest.first() else { return false };
    let kind = |at: usize| rest.get(at).map(|token| token.kind);
    let ends = |at: usize| matches!(kind(at), None | Some(Kind::Rest | Kind::Semicolon));
    let is = |name: &str| word(text, rest, 0, name);
    match first.kind {
        Kind::Select => {
            let called =
                matches!(kind(1), Some(Kind::Weapon | Kind::Function)) && kind(2) == Some(Kind::Open);
            let from = rest.iter().take(CLAUSE_TOKENS_MAX).position(|token| token.kind == Kind::From);
            let tidy = |from: usize| {
                let list = &rest[1..from];
                let plain = |token: &Token| !matches!(token.kind, Kind::Word);
                list.iter().all(plain)
                    || list.len() % 2 == 1
                        && list.iter().skip(1).step_by(2).all(|token| token.kind == Kind::Comma)
            };
            let table = |from: usize| {
                matches!(
                    kind(from + 2),
                    None | Some(
                        Kind::Rest
                            | Kind::Semicolon
                            | Kind::Where
                            | Kind::Dot
                            | Kind::Close
                            | Kind::Special
                            | Kind::Sort
                            | Kind::Union
                    )
                )
            };
            called
                || kind(1) == Some(Kind::Variable)
                || from.is_some_and(|from| from > 1 && tidy(from) && table(from))
                || (kind(1).is_some_and(is_literal) && ends(2))
        }
        Kind::Weapon => {
            matches!(kind(1), Some(Kind::Open | Kind::Dot)) || text[first.start..].starts_with(b"xp_")
        }
        Kind::Statement => {
            let noun = kind(1) == Some(Kind::Noun) || word(text, rest, 1, "or");
            if is("drop") || is("alter") || is("create") || is("truncate") || is("rename") || is("backup") {
                noun && (ends(3)
                    || ends(2)
                    || !matches!(kind(3), Some(Kind::Word))
                    || word(text, rest, 2, "if"))
                    || (is("truncate") && ends(2))
                    || noun && ends_in_comment(text, rest)
            } else if is("delete") {
                kind(1) == Some(Kind::From)
                    && matches!(kind(3), None | Some(Kind::Rest | Kind::Semicolon | Kind::Where | Kind::Dot))
            } else if is("insert") || is("merge") || is("replace") {
                kind(1) == Some(Kind::Into)
                    && matches!(kind(3), Some(Kind::Open | Kind::Special | Kind::Select | Kind::Dot))
            } else if is("update") {
                word(text, rest, 2, "set") && kind(4) == Some(Kind::Compare)
            } else if is("exec") || is("execute") {
                matches!(kind(1), Some(Kind::Weapon | Kind::Open | Kind::Variable | Kind::Text))
                    || rest.iter().take(6).any(|token| token.kind == Kind::Dot)
                    || text[rest.get(1).map_or(first.end, |token| token.start)..].starts_with(b"sp_")
                    || word(text, rest, 1, "immediate")
            } else if is("begin") {
                kind(1) == Some(Kind::Statement) && statement(text, &rest[1..])
            } else if is("waitfor") {
                kind(1) == Some(Kind::Special)
            } else if is("declare") || is("set") {
                kind(1) == Some(Kind::Variable)
            } else if is("shutdown") {
                ends(1) || word(text, rest, 1, "with")
            } else if is("grant") || is("revoke") {
                rest.iter().take(6).any(|token| word(text, std::slice::from_ref(token), 0, "on"))
                    || kind(1) == Some(Kind::Quantifier)
            } else if is("desc") || is("describe") || is("show") {
                matches!(kind(1), Some(Kind::Word | Kind::Noun)) && ends(2)
            } else if is("call") || is("do") {
                kind(2) == Some(Kind::Open)
            } else if is("load") {
                kind(1) == Some(Kind::Noun)
            } else if is("copy") {
                word(text, rest, 2, "to") || kind(2) == Some(Kind::From)
            } else if is("handler") {
                word(text, rest, 2, "open")
            } else {
                false
            }
        }
        Kind::Union => select_list(&rest[1..], true),
        // `IF (1=1) WAITFOR DELAY …`
        Kind::Function if is("if") => {
            let acts = |token: &Token| matches!(token.kind, Kind::Statement | Kind::Select | Kind::Weapon);
            kind(1) == Some(Kind::Open) && rest.iter().take(CLAUSE_TOKENS_MAX).any(acts)
        }
        _ => false,
    }
}

/// What follows `ORDER BY` or `GROUP BY`.
pub(super) fn sorted(tokens: &[Token], place: Place<'_>) -> bool {
    let firm = place.quoted || !place.before.is_empty();
    let Some(first) = tokens.first() else { return false };
    let second = tokens.get(1).map(|token| token.kind);
    match first.kind {
        Kind::Number => {
            let ends = |at: usize| {
                matches!(
                    tokens.get(at).map(|token| token.kind),
                    None | Some(Kind::Rest | Kind::Comma | Kind::Semicolon)
                )
            };
            let directed = tokens.get(1).is_some_and(|token| matches!(token.end - token.start, 3 | 4));
            firm && (ends(1) || directed && ends(2) && tokens.len() > 2)
        }
        Kind::Weapon | Kind::Function => second == Some(Kind::Open),
        Kind::Open => firm,
        Kind::Word => firm && matches!(second, Some(Kind::Rest | Kind::Having)),
        _ => false,
    }
}

pub(super) fn special(text: &[u8], tokens: &[Token], place: Place<'_>) -> bool {
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    if word(text, tokens, 0, "limit") {
        let into = tokens.iter().take(8).any(|token| matches!(token.kind, Kind::Into | Kind::Union));
        return kind(1) == Some(Kind::Number)
            && (into
                || (place.quoted && matches!(kind(2), Some(Kind::Rest)))
                || tokens.iter().take(8).any(|token| token.kind == Kind::Noun));
    }
    if word(text, tokens, 0, "as") {
        let clause = tokens.iter().take(4).position(|token| token.kind == Kind::Where);
        return clause.is_some_and(|at| condition(text, &tokens[at + 1..], place));
    }
    false
}
