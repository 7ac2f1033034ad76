//! SQL tokens, as far as injection needs them told apart. Dialects are read together: what is a comment in one is a comment.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any other word.
    Word,
    /// `OR`, `AND`, `XOR`, `||`, `&&`.
    Logic,
    Not,
    /// `=`, `<`, `LIKE`, `IN`, `IS`, …
    Compare,
    /// `+`, `-`, `*`, …
    Arithmetic,
    Number,
    /// Quoted text; the last one may lack its end, which the statement around provides.
    Text,
    /// `NULL`, `TRUE`, `FALSE`.
    Constant,
    /// `@x`, `@@version`.
    Variable,
    Open,
    Close,
    Comma,
    Semicolon,
    Dot,
    /// A comment that hides the rest of its line; what it hides is in the token.
    Rest,
    Union,
    /// `ALL`, `DISTINCT`.
    Quantifier,
    Select,
    From,
    Where,
    /// `ORDER`, `GROUP`.
    Sort,
    By,
    Having,
    Into,
    /// `DROP`, `INSERT`, `EXEC`, …
    Statement,
    /// `TABLE`, `DATABASE`, `INTO`'s kin: what statements are about.
    Noun,
    /// A function that attacks use and prose does not: `SLEEP`, `EXTRACTVALUE`, `XP_CMDSHELL`.
    Weapon,
    /// A function of SQL, if a parenthesis follows: `ASCII`, `SUBSTRING`, `VERSION`.
    Function,
    /// `DELAY` and other words of a few statements.
    Special,
    /// What SQL has no use for.
    Foreign,
}

/// A token and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// An inline comment stands before it, as nobody writes by hand.
    pub(super) after_comment: bool,
}

/// More tokens are not looked at: an injection makes itself felt at its beginning.
pub(super) const TOKENS_MAX: usize = 4096;

/// Reads tokens from `at` on.
pub(super) fn tokens(text: &[u8], mut at: usize) -> Vec<Token> {
    let mut found = Vec::new();
    let mut after_comment = false;
    while at < text.len() && found.len() < TOKENS_MAX {
        let start = at;
        let next = |offset: usize| text.get(start + offset).copied().unwrap_or(0);
        let kind = match text[at] {
            byte if byte.is_ascii_whitespace() || byte == 0x0b || byte == 0xa0 => {
                at += 1;
                continue;
            }
            b'/' if next(1) == b'*' => match comment(text, at) {
                (end, Some(kind)) => {
                    at = end;
                    kind
                }
                (end, None) => {
                    at = end;
                    after_comment = true;
                    continue;
                }
            },
            // The end of a comment with a version, whose inside is read.
            b'*' if next(1) == b'/' => {
                at += 2;
                after_comment = true;
                continue;
            }
            b'-' if next(1) == b'-' => {
                at = line_end(text, at);
                Kind::Rest
            }
            b'#' | 0 => {
                at = line_end(text, at);
                Kind::Rest
            }
            quote @ (b'\'' | b'"' | b'`') => {
                at = text_end(text, at + 1, quote);
                if quote == b'`' { Kind::Word } else { Kind::Text }
            }
            b'0'..=b'9' => {
                at = number_end(text, at);
                Kind::Number
            }
            b'.' if next(1).is_ascii_digit() => {
                at = number_end(text, at);
                Kind::Number
            }
            b'@' => {
                at = word_end(text, at + 1);
                if text.get(at) == Some(&b'@') {
                    at = word_end(text, at + 1);
                }
                if at > start + 1 { Kind::Variable } else { Kind::Foreign }
            }
            byte if is_word(byte) => {
                at = word_end(text, at);
                word_kind(&text[start..at])
            }
            _ => {
                let (kind, length) = sign(&text[at..]);
                at += length;
                kind
            }
        };
        found.push(Token { kind, start, end: at, after_comment });
        after_comment = false;
    }
    found
}

/// Where a literal that is open at `at` ends: behind its quote, or at the end of the text.
pub(super) fn text_end(text: &[u8], mut at: usize, quote: u8) -> usize {
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            _ if byte == quote && text.get(at + 1) == Some(&quote) => at += 2,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn comment(text: &[u8], at: usize) -> (usize, Option<Kind>) {
    if text.get(at + 2) == Some(&b'!') {
        let digits = text[at + 3..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
        return (at + 3 + digits, None);
    }
    match text[at + 2..].windows(2).position(|pair| pair == b"*/") {
        Some(end) => (at + 2 + end + 2, None),
        None => (text.len(), Some(Kind::Rest)),
    }
}

fn line_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |line| at + line)
}

fn number_end(text: &[u8], mut at: usize) -> usize {
    if text[at] == b'0' && matches!(text.get(at + 1), Some(b'x' | b'X')) {
        at += 2;
        while text.get(at).is_some_and(u8::is_ascii_hexdigit) {
            at += 1;
        }
        return at;
    }
    while text.get(at).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.') {
        at += 1;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let exponent = at + 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        if text.get(exponent).is_some_and(u8::is_ascii_digit) {
            at = exponent;
            while text.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
        }
    }
    at
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn word_end(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|byte| is_word(**byte)).count()
}

fn sign(text: &[u8]) -> (Kind, usize) {
    let count = |byte| text.iter().take(3).take_while(|other| **other == byte).count();
    match text[0] {
        b'|' if count(b'|') == 2 => (Kind::Logic, 2),
        b'&' if count(b'&') == 2 => (Kind::Logic, 2),
        b'<' | b'>' if matches!(text.get(1), Some(b'=' | b'>')) => {
            // MySQL has a `<=>`.
            (Kind::Compare, if text[0] == b'<' && text.get(2) == Some(&b'>') { 3 } else { 2 })
        }
        b'<' | b'>' => (Kind::Compare, 1),
        // `==`, `===`, `=>` and `=~` are other languages'.
        b'=' if count(b'=') > 1 => (Kind::Foreign, count(b'=')),
        b'=' if matches!(text.get(1), Some(b'>' | b'~')) => (Kind::Foreign, 2),
        b'=' => (Kind::Compare, 1),
        b'!' if text.get(1) == Some(&b'=') && text.get(2) == Some(&b'=') => (Kind::Foreign, 3),
        b'!' if text.get(1) == Some(&b'=') => (Kind::Compare, 2),
        b'!' | b'~' => (Kind::Not, 1),
        b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'|' | b'&' => (Kind::Arithmetic, 1),
        b'(' => (Kind::Open, 1),
        b')' => (Kind::Close, 1),
        b',' => (Kind::Comma, 1),
        b';' => (Kind::Semicolon, 1),
        b'.' => (Kind::Dot, 1),
        _ => (Kind::Foreign, 1),
    }
}

fn word_kind(word: &[u8]) -> Kind {
    let mut lower = [0; 24];
    let Some(lower) = lower.get_mut(..word.len()) else {
        return Kind::Word;
    };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    match &*lower {
        b"or" | b"and" | b"xor" => Kind::Logic,
        b"not" => Kind::Not,
        b"like" | b"rlike" | b"regexp" | b"ilike" | b"is" | b"in" | b"between" | b"sounds" | b"glob"
        | b"similar" | b"div" | b"mod" => Kind::Compare,
        b"null" | b"true" | b"false" => Kind::Constant,
        b"union" | b"intersect" | b"except" => Kind::Union,
        b"all" | b"distinct" | b"distinctrow" => Kind::Quantifier,
        b"select" => Kind::Select,
        b"from" => Kind::From,
        b"where" => Kind::Where,
        b"order" | b"group" => Kind::Sort,
        b"by" => Kind::By,
        b"having" => Kind::Having,
        b"into" => Kind::Into,
        b"drop" | b"delete" | b"insert" | b"update" | b"alter" | b"create" | b"truncate" | b"exec"
        | b"execute" | b"shutdown" | b"grant" | b"revoke" | b"declare" | b"waitfor" | b"call" | b"merge"
        | b"replace" | b"rename" | b"load" | b"copy" | b"desc" | b"describe" | b"backup" | b"attach"
        | b"set" | b"use" | b"handler" | b"begin" | b"do" | b"kill" | b"prepare" | b"show" => Kind::Statement,
        b"table" | b"database" | b"schema" | b"view" | b"index" | b"procedure" | b"user" | b"login"
        | b"role" | b"trigger" | b"column" | b"sequence" | b"tables" | b"databases" | b"master" | b"data" => {
            Kind::Noun
        }
        b"sleep"
        | b"pg_sleep"
        | b"benchmark"
        | b"extractvalue"
        | b"updatexml"
        | b"load_file"
        | b"xp_cmdshell"
        | b"xp_regread"
        | b"xp_dirtree"
        | b"sp_executesql"
        | b"sp_oacreate"
        | b"dbms_pipe"
        | b"dbms_lock"
        | b"dbms_session"
        | b"utl_http"
        | b"utl_inaddr"
        | b"utl_file"
        | b"ctxsys"
        | b"sp_password"
        | b"generate_series"
        | b"randomblob"
        | b"load_extension"
        | b"query_to_xml"
        | b"lo_import"
        | b"pg_read_file"
        | b"pg_ls_dir"
        | b"xmltype"
        | b"openrowset"
        | b"opendatasource"
        | b"name_const"
        | b"sqlite_master"
        | b"information_schema"
        | b"sysobjects"
        | b"syscolumns"
        | b"pg_catalog"
        | b"all_tables"
        | b"outfile"
        | b"dumpfile"
        | b"sysdate"
        | b"procedure_analyse" => Kind::Weapon,
        b"ascii" | b"substring" | b"substr" | b"mid" | b"ord" | b"char" | b"chr" | b"concat"
        | b"concat_ws" | b"group_concat" | b"length" | b"len" | b"char_length" | b"hex" | b"unhex"
        | b"version" | b"current_user" | b"session_user" | b"system_user" | b"user_name" | b"db_name"
        | b"cast" | b"convert" | b"if" | b"iif" | b"case" | b"ifnull" | b"isnull" | b"coalesce"
        | b"nullif" | b"elt" | b"exists" | b"count" | b"row_count" | b"found_rows" | b"last_insert_id"
        | b"md5" | b"sha1" | b"now" | b"rand" | b"floor" | b"pi" | b"conv" | b"bin" | b"make_set"
        | b"lpad" | b"rpad" | b"left" | b"right" | b"reverse" | b"lower" | b"upper" | b"strcmp"
        | b"bitand" | b"to_char" | b"to_number" | b"current_database" | b"current_setting"
        | b"string_agg" | b"json_extract" | b"unicode" | b"typeof" | b"quote" | b"printf" | b"instr"
        | b"locate" | b"position" | b"ip" | b"uuid" | b"exp" | b"power" | b"sqrt" | b"abs" | b"sign"
        | b"gtid_subset" | b"ltrim" | b"rtrim" | b"trim" | b"schema_name" | b"object_id" | b"col_name"
        | b"host_name" => Kind::Function,
        b"delay" | b"analyse" | b"limit" | b"offset" | b"values" | b"top" | b"then" | b"when" | b"else"
        | b"end" | b"as" | b"rownum" | b"returning" | b"time" => Kind::Special,
        _ => Kind::Word,
    }
}
