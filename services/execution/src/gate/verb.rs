use super::approved::Tool;
use super::denial::{Denial, quote};
use super::operands::Operands;
use super::values::Shape;

/// A verb that only reads, with everything it may be given.
pub(super) struct Verb {
    /// The verb and its sub-verb; the first spelling of each is the name in roles.
    pub(super) words: &'static [&'static [&'static str]],
    /// The flags of this verb.
    pub(super) flags: &'static [Flag],
    /// The flags every verb of the tool has.
    pub(super) global: &'static [Flag],
    /// What may follow that is not a flag.
    pub(super) operands: Operands,
    /// True when it shows the cluster without naming a kind.
    pub(super) reads_cluster: bool,
    /// True when it waits for a change unless it is told `--watch=false`.
    pub(super) blocks: bool,
}

/// A flag and the values it may have.
pub(super) struct Flag {
    /// The canonical name, without dashes.
    pub(super) long: &'static str,
    /// Its one-letter form.
    pub(super) short: Option<char>,
    /// What its value looks like.
    pub(super) shape: Shape,
}

/// A verb as it was found in an argument vector.
pub(super) struct Command {
    pub(super) tool: Tool,
    pub(super) verb: &'static Verb,
    /// The flags that stand before the verb end here.
    pub(super) verb_at: usize,
    /// The first argument after the verb and sub-verb.
    pub(super) arguments_at: usize,
}

pub(super) const fn flag(long: &'static str, shape: Shape) -> Flag {
    Flag { long, short: None, shape }
}

pub(super) const fn short(short: char, long: &'static str, shape: Shape) -> Flag {
    Flag { long, short: Some(short), shape }
}

pub(super) const fn verb(
    words: &'static [&'static [&'static str]],
    global: &'static [Flag],
    flags: &'static [Flag],
    operands: Operands,
) -> Verb {
    Verb { words, flags, global, operands, reads_cluster: false, blocks: false }
}

impl Verb {
    pub(super) const fn reading_the_cluster(mut self) -> Self {
        self.reads_cluster = true;
        self
    }

    pub(super) const fn blocking(mut self) -> Self {
        self.blocks = true;
        self
    }

    pub(super) fn long(&self, name: &str) -> Option<&'static Flag> {
        self.flags.iter().chain(self.global).find(|flag| flag.long == name)
    }

    pub(super) fn short(&self, letter: char) -> Option<&'static Flag> {
        self.flags.iter().chain(self.global).find(|flag| flag.short == Some(letter))
    }

    /// True when it shows more than the objects that it names.
    pub(super) fn describes(&self) -> bool {
        matches!(self.operands, Operands::Described)
    }

    pub(super) fn has_flag(&self, name: &str) -> bool {
        self.long(name).is_some()
    }
}

impl Command {
    /// Tool, verb and sub-verb as roles and denials name them.
    pub(super) fn name(&self) -> String {
        let words: Vec<&str> = self.verb.words.iter().map(|spellings| spellings[0]).collect();
        format!("{} {}", self.tool, words.join(" "))
    }
}

/// The flags that may stand before the verb; each takes a value.
const BEFORE_VERB: [&str; 2] = ["namespace", "request-timeout"];

/// Finds the verb. The tools take the first word that is no flag and no flag's value, and they can only tell a flag's value for
/// flags known to the root command; so only two of those may stand before the verb, and a sub-verb follows at once.
pub(super) fn find(verbs: &'static [Verb], tool: Tool, argv: &[String]) -> Result<Command, Denial> {
    let verb_at = skip_flags(argv)?;
    let Some(first) = argv.get(verb_at) else {
        return Err(Denial::read_only(format!("`{tool}` needs a verb")));
    };
    if first.starts_with('-') {
        return Err(Denial::read_only(format!(
            "{} stands before the verb, where only --namespace and --request-timeout may, so the verb is uncertain",
            quote(first)
        )));
    }
    let found = verbs.iter().find(|verb| {
        let given = argv.iter().skip(verb_at);
        argv.len() >= verb_at + verb.words.len()
            && verb.words.iter().zip(given).all(|(spellings, word)| spellings.contains(&word.as_str()))
    });
    match found {
        Some(verb) => Ok(Command { tool, verb, verb_at, arguments_at: verb_at + verb.words.len() }),
        None => Err(Denial::read_only(unknown_verb(verbs, tool, &argv[verb_at..]))),
    }
}

fn unknown_verb(verbs: &[Verb], tool: Tool, words: &[String]) -> String {
    let parent =
        verbs.iter().any(|verb| words.first().is_some_and(|word| verb.words[0].contains(&word.as_str())));
    match words {
        [verb, sub, ..] if parent => {
            format!("{} under `{tool} {verb}` is not one of the sub-verbs that only read", quote(sub))
        }
        [verb] if parent => format!("`{tool} {verb}` needs a sub-verb"),
        [verb, ..] => format!("verb {} is not one of the {tool} verbs that only read", quote(verb)),
        [] => format!("`{tool}` needs a verb"),
    }
}

/// The index of the first argument that is no such flag and no value of one.
fn skip_flags(argv: &[String]) -> Result<usize, Denial> {
    let mut at = 0;
    while let Some(arg) = argv.get(at) {
        let (name, attached) = match (arg.strip_prefix("--"), arg.strip_prefix("-n")) {
            (Some(long), _) => (long.split('=').next().unwrap_or_default(), long.contains('=')),
            (None, Some(value)) => (BEFORE_VERB[0], !value.is_empty()),
            (None, None) => break,
        };
        if !BEFORE_VERB.contains(&name) {
            break;
        }
        if !attached && argv.get(at + 1).is_none() {
            return Err(Denial::read_only(format!("{} has no value", quote(arg))));
        }
        at += if attached { 1 } else { 2 };
    }
    Ok(at)
}
