use super::ARG_BYTES_MAX;
use super::ARGS_MAX;
use super::denial::{Denial, quote};

/// Splits a command line into its tool and arguments the way a shell splits words, and does nothing else a shell does: no
/// variables, no substitutions, no globs, no second command. What a shell would act on is refused, so that a line means here
/// what it seems to mean to a person. The result still has to be judged.
pub fn split_raw(line: &str) -> Result<(String, Vec<String>), Denial> {
    if line.len() > ARGS_MAX * ARG_BYTES_MAX {
        return Err(Denial::arguments("the command line is too long"));
    }
    let line = line.trim_matches(' ');
    check_characters(line)?;
    let mut words = shlex::split(line)
        .ok_or_else(|| Denial::arguments("the command line has a quote that is not closed"))?
        .into_iter();
    if line.starts_with(is_quote) {
        return Err(Denial::tool("the tool's name is quoted; write it plainly"));
    }
    let tool = words.next().ok_or_else(|| Denial::tool("the command line is empty"))?;
    if !tool.is_ascii() {
        return Err(Denial::tool(format!("tool {} is not written in ASCII", quote(&tool))));
    }
    if tool.contains('/') {
        return Err(Denial::tool(format!("tool {} is a path; a tool is named, not located", quote(&tool))));
    }
    if tool.contains('=') {
        return Err(Denial::tool(format!("{} sets an environment variable", quote(&tool))));
    }
    Ok((tool, words.collect()))
}

/// Walks over the quoting and refuses what a shell would act on.
fn check_characters(line: &str) -> Result<(), Denial> {
    let mut quote_open = None;
    let mut word = Word::default();
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_control() {
            return Err(Denial::arguments("the command line has a line break or another control character"));
        }
        match quote_open {
            Some(open) if letter == open => {
                quote_open = None;
                word.is_over = true;
            }
            Some('"') if matches!(letter, '$' | '`') => return Err(metacharacter(letter)),
            // In double quotes a backslash is itself, as in `{"\n"}`, except before these.
            Some('"') if letter == '\\' && letters.peek().is_none_or(|next| "$`\"\\".contains(*next)) => {
                return Err(metacharacter(letter));
            }
            Some(_) => word.push(letter),
            None if letter == ' ' => word = Word::default(),
            None if "|;&$<>()`\\#".contains(letter) => return Err(metacharacter(letter)),
            None if word.is_over || (is_quote(letter) && !word.may_be_quoted()) => {
                return Err(Denial::arguments(
                    "a quote in the middle of a word hides what the word is; quote all of it, or all that follows a `=`",
                ));
            }
            None if is_quote(letter) => quote_open = Some(letter),
            None => word.push(letter),
        }
        if word.is_quoted_flag(quote_open) {
            return Err(Denial::arguments("a quote around the name of a flag hides that it is one"));
        }
    }
    Ok(())
}

fn metacharacter(letter: char) -> Denial {
    Denial::arguments(format!(
        "`{letter}` means something to a shell; quote it with single quotes or leave it out"
    ))
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'')
}

/// What is known of the word that is being read.
#[derive(Default)]
struct Word {
    first: Option<char>,
    last: Option<char>,
    has_equals: bool,
    is_over: bool,
}

impl Word {
    fn push(&mut self, letter: char) {
        self.first.get_or_insert(letter);
        self.last = Some(letter);
        self.has_equals |= letter == '=';
    }

    /// A quote stands around a whole word or around what follows a `=`.
    fn may_be_quoted(&self) -> bool {
        matches!(self.last, None | Some('='))
    }

    fn is_quoted_flag(&self, quote_open: Option<char>) -> bool {
        quote_open.is_some() && self.first == Some('-') && !self.has_equals
    }
}
