//! SQL injection: text that ends the literal or number it was meant to be, and goes on as SQL.
//!
//! The text is read three times, as it would be where it is put into a statement: after an operator, within single quotes, within
//! double quotes. What follows the place where it breaks out must be the continuation of an expression or statement, so quotes,
//! keywords and both together in prose are no injection. A few forms need no place to break out of and are found anywhere.

mod clause;
mod token;

use clause::{select_list, sorted, special, statement};
use token::{Kind, Token, text_end, tokens};

/// A longer text before the quote that is followed by nothing but a comment is prose.
const NAME_BYTES_MAX: usize = 64;
/// How far a clause is followed.
const CLAUSE_TOKENS_MAX: usize = 64;

/// Where an injection begins, if there is one.
pub(super) fn find(text: &[u8]) -> Option<usize> {
    for quote in [b'\'', b'"'] {
        if let Some(at) = broken_out(text, quote) {
            return Some(at);
        }
    }
    let tokens = tokens(text, 0);
    in_number(text, &tokens).or_else(|| anywhere(text, &tokens))
}

/// The text begins within quotes and ends them.
fn broken_out(text: &[u8], quote: u8) -> Option<usize> {
    // Whether a backslash hides the quote depends on who reads it; both are tried.
    let plain = text.iter().position(|byte| *byte == quote)? + 1;
    let hidden = text_end(text, 0, quote);
    let ends = [plain, hidden];
    let ends = if plain == hidden { &ends[..1] } else { &ends[..] };
    ends.iter().copied().find(|&end| {
        let rest = tokens(text, end);
        !rest.is_empty() && continues(text, &rest, Place { quoted: true, before: &text[..end - 1] })
    })
}

/// The text takes the place of a number or name and does not end with it.
fn in_number(text: &[u8], tokens: &[Token]) -> Option<usize> {
    let signs =
        tokens.iter().take_while(|token| token.kind == Kind::Arithmetic || token.kind == Kind::Not).count();
    let opens = tokens[signs..].iter().take_while(|token| token.kind == Kind::Open).count();
    let first = tokens.get(signs + opens)?;
    let (skip, before) = match first.kind {
        Kind::Number | Kind::Text | Kind::Constant | Kind::Variable => (signs + opens + 1, &b"1"[..]),
        // An empty value or a name before: what comes must speak for itself.
        Kind::Word => (signs + opens + 1, &text[..0]),
        _ if signs + opens == 0 => (0, &text[..0]),
        _ => return None,
    };
    let rest = tokens.get(skip..)?;
    let place = Place { quoted: false, before };
    (!rest.is_empty() && continues(text, rest, place)).then(|| rest[0].start)
}

/// Where the text broke out.
#[derive(Clone, Copy)]
struct Place<'t> {
    /// Out of a literal.
    quoted: bool,
    /// What stood before; empty if nothing that SQL would need.
    before: &'t [u8],
}

/// Whether tokens go on as SQL from where the text broke out.
fn continues(text: &[u8], tokens: &[Token], place: Place<'_>) -> bool {
    let closed = tokens.iter().take_while(|token| token.kind == Kind::Close).count();
    let rest = &tokens[closed..];
    let kind = |at: usize| rest.get(at).map(|token| token.kind);
    let Some(first) = rest.first() else { return false };
    let firm = place.quoted || !place.before.is_empty();
    match first.kind {
        Kind::Logic => condition(text, &rest[1..], place),
        Kind::Union => select_list(&rest[1..], firm),
        Kind::Semicolon => {
            statement(text, &rest[1..])
                || (place.quoted && kind(1) == Some(Kind::Rest) && is_name(place.before))
        }
        Kind::Statement if place.quoted || firm && is(text, first, b"waitfor") => statement(text, rest),
        Kind::Rest if place.quoted => is_name(place.before) && hides_nothing(text, *first),
        Kind::Sort if kind(1) == Some(Kind::By) => sorted(&rest[2..], place),
        Kind::Having => condition(text, &rest[1..], place),
        Kind::Compare | Kind::Arithmetic if place.quoted || firm => operation(text, rest, place),
        Kind::Where if firm => condition(text, &rest[1..], place),
        Kind::Into => kind(1) == Some(Kind::Weapon),
        Kind::Comma => firm && kind(1) == Some(Kind::Open) && kind(2) == Some(Kind::Select),
        Kind::Special => special(text, rest, place),
        Kind::Noun => word(text, rest, 0, "procedure") && word(text, rest, 1, "analyse"),
        _ => false,
    }
}

/// What follows `OR` and the like.
fn condition(text: &[u8], tokens: &[Token], place: Place<'_>) -> bool {
    let skipped = tokens
        .iter()
        .take_while(|token| matches!(token.kind, Kind::Not | Kind::Open | Kind::Arithmetic))
        .count();
    let opens = tokens[..skipped].iter().any(|token| token.kind == Kind::Open);
    let rest = &tokens[skipped..];
    let kind = |at: usize| rest.get(at).map(|token| token.kind);
    let Some(first) = rest.first() else { return false };
    let literal = is_literal(first.kind);
    let firm = place.quoted || !place.before.is_empty();
    match first.kind {
        Kind::Weapon => firm || kind(1) == Some(Kind::Open),
        Kind::Function if kind(1) == Some(Kind::Open) => firm || calls_deeply(rest),
        Kind::Select => opens,
        Kind::Sort if kind(1) == Some(Kind::By) => sorted(&rest[2..], place),
        _ if literal || matches!(first.kind, Kind::Word | Kind::Function | Kind::Noun | Kind::Special) => {
            let name = if literal { 1 } else { name_end(rest) };
            let closes =
                rest[name.min(rest.len())..].iter().take_while(|token| token.kind == Kind::Close).count();
            let after = name + closes;
            match kind(after) {
                Some(Kind::Compare) => compares(text, first, &rest[after + 1..], literal, place),
                Some(Kind::Not) if kind(after + 1) == Some(Kind::Compare) => {
                    compares(text, first, &rest[after + 2..], literal, place)
                }
                // `' OR 1 --`, `1 OR 1#`, `' OR 1`
                Some(Kind::Rest) => {
                    literal
                        && firm
                        && (first.kind != Kind::Text || place.quoted)
                        && hides_little(text, rest[after])
                }
                Some(Kind::Semicolon) => literal && firm && matches!(kind(after + 1), Some(Kind::Rest)),
                Some(Kind::Logic) => literal && condition(text, &rest[after + 1..], place),
                Some(Kind::Union) => select_list(&rest[after + 1..], firm),
                Some(Kind::Sort) => literal && firm && kind(after + 1) == Some(Kind::By),
                None => literal && place.quoted && first.kind != Kind::Text && is_name(place.before),
                _ => false,
            }
        }
        _ => false,
    }
}

/// What follows a comparison whose left side is `left`.
fn compares(text: &[u8], left: &Token, tokens: &[Token], literal: bool, place: Place<'_>) -> bool {
    let skip = |token: &&Token| {
        matches!(token.kind, Kind::Open | Kind::Arithmetic | Kind::Not | Kind::Compare | Kind::Quantifier)
    };
    let skipped = tokens.iter().take_while(skip).count();
    let rest = &tokens[skipped..];
    let Some(right) = rest.first() else {
        // `' OR name LIKE '`: the end of the literal is lent by the statement around.
        return false;
    };
    let ends = rest.get(1).is_none_or(|token| {
        matches!(
            token.kind,
            Kind::Rest
                | Kind::Semicolon
                | Kind::Logic
                | Kind::Close
                | Kind::Special
                | Kind::Union
                | Kind::Comma
                | Kind::Sort
        )
    });
    let both = literal && is_literal(right.kind);
    match right.kind {
        Kind::Select | Kind::Weapon => true,
        Kind::Function if rest.get(1).is_some_and(|token| token.kind == Kind::Open) => true,
        _ if place.quoted => {
            let plausible =
                is_literal(right.kind) || matches!(right.kind, Kind::Word | Kind::Function | Kind::Noun);
            plausible && (ends || both && is_name(place.before))
        }
        // Where no quote was broken out of, prose and formulas come close; a comparison of two literals does not depend on data.
        _ if !place.before.is_empty() => {
            let last = matches!(right.kind, Kind::Text | Kind::Constant) && rest.len() == 1;
            both && ends
                || last
                || (is_literal(right.kind) && hidden_rest(text, rest))
                || same(text, left, right)
        }
        _ => {
            (both && (same(text, left, right) && ends || hidden_rest(text, rest)))
                || (is_literal(right.kind) && hidden_rest(text, rest))
        }
    }
}

/// A comparison or calculation right after the literal: `'=0--`, `'||(SELECT …`, `'+(…)+'`, `1-sleep(5)`.
fn operation(text: &[u8], tokens: &[Token], place: Place<'_>) -> bool {
    let skipped = tokens
        .iter()
        .take_while(|token| matches!(token.kind, Kind::Compare | Kind::Arithmetic | Kind::Open | Kind::Not))
        .count();
    let opens = tokens[..skipped].iter().any(|token| token.kind == Kind::Open);
    let compares = tokens[..skipped].iter().any(|token| token.kind == Kind::Compare);
    let rest = &tokens[skipped..];
    let kind = |at: usize| rest.get(at).map(|token| token.kind);
    let Some(first) = rest.first() else { return false };
    match first.kind {
        Kind::Select => opens,
        Kind::Weapon => kind(1) == Some(Kind::Open) || kind(1) == Some(Kind::Dot),
        Kind::Function if kind(1) == Some(Kind::Open) => {
            (place.quoted && is_name(place.before)) || calls_deeply(rest)
        }
        Kind::Logic => condition(text, &rest[1..], place),
        // `' = '`
        Kind::Text if rest.len() == 1 => {
            let brief = first.end - first.start <= 3 && place.before.len() <= 3;
            place.quoted && brief && (!compares || place.before.is_empty())
        }
        kind if is_literal(kind) => match rest.get(1).map(|token| token.kind) {
            Some(Kind::Rest) => place.quoted && is_name(place.before) && hides_little(text, rest[1]),
            Some(Kind::Logic) => {
                let place = Place {
                    quoted: place.quoted && compares,
                    before: if place.quoted { place.before } else { b"" },
                };
                // `'=''or'`
                place.quoted && compares && rest.len() <= 3 || condition(text, &rest[2..], place)
            }
            Some(Kind::Union) => select_list(&rest[2..], true),
            Some(Kind::Semicolon) => statement(text, &rest[2..]),
            Some(Kind::Close) => {
                rest[1..].iter().any(|token| token.kind == Kind::Logic) && {
                    let logic = rest.iter().position(|token| token.kind == Kind::Logic).unwrap_or(0);
                    condition(text, &rest[logic + 1..], place)
                }
            }
            _ => false,
        },
        _ => false,
    }
}

/// Forms that are no accident wherever they stand.
fn anywhere(text: &[u8], tokens: &[Token]) -> Option<usize> {
    let whole = tokens.first().is_some_and(|token| {
        matches!(token.kind, Kind::Select | Kind::Statement) || word(text, tokens, 0, "with")
    });
    for (at, token) in tokens.iter().enumerate() {
        let kind = |offset: usize| tokens.get(at + offset).map(|token| token.kind);
        let before = at.checked_sub(1).map(|at| tokens[at].kind);
        let found = match token.kind {
            // `or 1=1`, `and 'a'='a`
            Kind::Logic => tautology(text, &tokens[at + 1..]) && !text[token.start..].starts_with(b"&&"),
            Kind::Union => !whole && select_list(&tokens[at + 1..], false),
            // `(select … sleep(5) …)`, `if(…,sleep(5),0)`
            Kind::Weapon if kind(1) == Some(Kind::Open) => {
                let seconds = kind(2) == Some(Kind::Number);
                let nested = matches!(
                    before,
                    Some(Kind::Open | Kind::Select | Kind::Comma | Kind::Logic | Kind::Special)
                ) && tokens[..at].iter().rev().take(16).any(|token| {
                    matches!(token.kind, Kind::Select | Kind::Function)
                        || token.kind == Kind::Logic && text[token.start] | 0x20 >= b'a'
                });
                let last = tokens.last().map(|last| last.kind);
                let rare = !is(text, token, b"sleep") && seconds && tokens.len() <= 12;
                let alone =
                    before.is_none() && (last == Some(Kind::Rest) || last == Some(Kind::Close) && rare);
                (seconds || !is(text, token, b"sleep")) && (nested && !whole || alone)
            }
            Kind::Open if kind(1) == Some(Kind::Select) => {
                let used =
                    matches!(before, Some(Kind::Compare | Kind::Logic | Kind::Arithmetic | Kind::Comma))
                        || before.is_none();
                used && !whole && subquery(&tokens[at + 2..], before.is_none())
            }
            Kind::Statement if at == 0 => {
                is(text, token, b"waitfor") && kind(1) == Some(Kind::Special)
                    || (is(text, token, b"exec") || is(text, token, b"execute"))
                        && tokens.iter().take(8).any(|token| token.kind == Kind::Weapon)
                    || !is(text, token, b"create") && statement(text, tokens) && ends_in_comment(text, tokens)
            }
            Kind::Semicolon => {
                tokens
                    .iter()
                    .skip(at + 1)
                    .take(2)
                    .any(|next| next.kind == Kind::Weapon || is(text, next, b"waitfor"))
                    && statement(text, &tokens[at + 1..])
            }
            _ => false,
        };
        if found {
            return Some(token.start);
        }
    }
    None
}

/// Both sides of a comparison are the same literal.
fn tautology(text: &[u8], tokens: &[Token]) -> bool {
    let bare: Vec<&Token> = tokens
        .iter()
        .take(10)
        .filter(|token| !matches!(token.kind, Kind::Open | Kind::Close))
        .take(4)
        .collect();
    match bare.as_slice() {
        [left, compare, right, after @ ..] => {
            let ends = after.first().is_none_or(|token| {
                !matches!(token.kind, Kind::Arithmetic | Kind::Word | Kind::Foreign | Kind::Dot)
            });
            compare.kind == Kind::Compare
                && is_literal(left.kind)
                && left.kind != Kind::Constant
                && same(text, left, right)
                && ends
        }
        _ => false,
    }
}

/// A subquery that reads something.
fn subquery(tokens: &[Token], alone: bool) -> bool {
    let inside = &tokens[..tokens.len().min(CLAUSE_TOKENS_MAX)];
    let weapon = inside.iter().any(|token| token.kind == Kind::Weapon);
    let from = inside.iter().position(|token| token.kind == Kind::From);
    let called = inside.windows(2).any(|pair| pair[0].kind == Kind::Function && pair[1].kind == Kind::Open);
    let brief = from.is_some_and(|from| {
        from <= 6 && inside[..from].iter().filter(|token| token.kind == Kind::Word).count() <= 1
    });
    let nested = inside.windows(2).any(|pair| pair[0].kind == Kind::Open && pair[1].kind == Kind::Select);
    weapon || (from.is_some() && called) || (brief && !alone) || (nested && called)
}

/// Whether calls are nested or have literals in them, as in `ascii(substr((select…` and `char(65)`.
fn calls_deeply(tokens: &[Token]) -> bool {
    let opens = tokens.iter().take(8).filter(|token| token.kind == Kind::Open).count();
    opens > 1
        && tokens
            .iter()
            .take(16)
            .any(|token| matches!(token.kind, Kind::Select | Kind::Weapon | Kind::Number | Kind::Text))
}

fn is_literal(kind: Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Text | Kind::Constant | Kind::Variable)
}

/// How many tokens a name has: `a`, `a.b`, `f(…)`.
fn name_end(tokens: &[Token]) -> usize {
    let mut end = 1;
    while tokens.get(end).is_some_and(|token| token.kind == Kind::Dot) {
        end += 2;
    }
    if tokens.get(end).is_some_and(|token| token.kind == Kind::Open) {
        let mut depth = 0usize;
        for token in tokens.iter().take(CLAUSE_TOKENS_MAX).skip(end) {
            end += 1;
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    end
}

/// Whether two tokens say the same; a text may lack its end.
fn same(text: &[u8], left: &Token, right: &Token) -> bool {
    let plain = |token: &Token| {
        let inside = &text[token.start..token.end];
        let inside = inside.strip_prefix(b"'").or_else(|| inside.strip_prefix(b"\"")).unwrap_or(inside);
        inside.strip_suffix(b"'").or_else(|| inside.strip_suffix(b"\"")).unwrap_or(inside)
    };
    left.kind == right.kind && plain(left).eq_ignore_ascii_case(plain(right))
}

/// Whether the rest of the statement is cut off soon.
fn hidden_rest(text: &[u8], tokens: &[Token]) -> bool {
    let hides = |token: &Token| token.kind == Kind::Rest && hides_little(text, *token);
    tokens.iter().skip(1).take(3).any(hides)
}

fn ends_in_comment(text: &[u8], tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|token| token.kind == Kind::Rest && hides_little(text, *token))
}

/// A comment that ends a statement hides nothing, or a filler; a dash in prose is followed by more of it.
fn hides_little(text: &[u8], rest: Token) -> bool {
    let hidden = &text[rest.start..rest.end];
    let words = hidden.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
    let mark = if hidden.starts_with(b"#") { 1 } else { 2 };
    let tight = hidden.len() <= mark || words <= 1 && hidden.len() <= mark + 12;
    tight || words <= 2 && hidden.len() <= mark + 8
}

/// The same right after a quote, where a number sign is as often a number's, and two dashes begin an option.
fn hides_nothing(text: &[u8], rest: Token) -> bool {
    let hidden = &text[rest.start..rest.end];
    if hidden.iter().any(|byte| matches!(byte, b'\'' | b'"')) {
        return false;
    }
    if hidden.starts_with(b"#") {
        return !hidden.iter().any(u8::is_ascii_alphanumeric);
    }
    !hidden.get(2).is_some_and(u8::is_ascii_alphabetic) && hides_little(text, rest)
}

/// Whether it could be what the field was meant for, and not a sentence.
fn is_name(before: &[u8]) -> bool {
    before.len() <= NAME_BYTES_MAX && before.iter().filter(|byte| **byte == b' ').count() <= 1
}

fn word(text: &[u8], tokens: &[Token], at: usize, name: &str) -> bool {
    tokens.get(at).is_some_and(|token| is(text, token, name.as_bytes()))
}

fn is(text: &[u8], token: &Token, name: &[u8]) -> bool {
    text[token.start..token.end].eq_ignore_ascii_case(name)
}
