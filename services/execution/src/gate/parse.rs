use super::denial::{Denial, quote};
use super::values::{self, Shape};
use super::verb::{Command, Flag};

/// The arguments of a command, told apart the way pflag does it.
pub(super) struct Parsed<'a> {
    /// Flags in order, each with its checked value; a switch has `true` or `false`.
    pub(super) flags: Vec<(&'static Flag, &'a str)>,
    /// Everything else, in order.
    pub(super) operands: Vec<&'a str>,
}

impl<'a> Parsed<'a> {
    /// The value of a flag.
    pub(super) fn value(&self, long: &str) -> Option<&'a str> {
        self.flags.iter().find(|(flag, _)| flag.long == long).map(|(_, value)| *value)
    }

    /// True when a switch is on.
    pub(super) fn is_on(&self, long: &str) -> bool {
        self.value(long) == Some("true")
    }
}

/// Parses all arguments but the verb's own words, and checks every flag's value.
pub(super) fn parse<'a>(command: &Command, argv: &'a [String]) -> Result<Parsed<'a>, Denial> {
    let mut walk = Walk { command, parsed: Parsed { flags: Vec::new(), operands: Vec::new() } };
    walk.arguments(&argv[..command.verb_at])?;
    walk.arguments(&argv[command.arguments_at..])?;
    Ok(walk.parsed)
}

struct Walk<'c, 'a> {
    command: &'c Command,
    parsed: Parsed<'a>,
}

impl<'a> Walk<'_, 'a> {
    fn arguments(&mut self, args: &'a [String]) -> Result<(), Denial> {
        let mut rest = args.iter().map(String::as_str);
        while let Some(arg) = rest.next() {
            if arg == "--" {
                self.parsed.operands.extend(rest);
                break;
            } else if let Some(long) = arg.strip_prefix("--") {
                self.long(arg, long, &mut rest)?;
            } else if let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                self.letters(arg, letters, &mut rest)?;
            } else {
                self.parsed.operands.push(arg);
            }
        }
        Ok(())
    }

    fn long(
        &mut self,
        arg: &'a str,
        text: &'a str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), Denial> {
        let (name, given) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let flag = self.command.verb.long(name).ok_or_else(|| self.unknown(arg))?;
        let value = match (given, flag.shape.is_switch()) {
            (Some(value), _) => value,
            (None, true) => "true",
            (None, false) => next_value(arg, rest)?,
        };
        self.push(flag, value)
    }

    /// `-A`, `-n prod`, `-nprod`, `-n=prod`, or several switches in one argument.
    fn letters(
        &mut self,
        arg: &'a str,
        letters: &'a str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), Denial> {
        let mut remaining = letters;
        while let Some(letter) = remaining.chars().next() {
            let flag = self.command.verb.short(letter).ok_or_else(|| self.unknown(arg))?;
            let tail = &remaining[letter.len_utf8()..];
            let first = remaining.len() == letters.len();
            if !flag.shape.is_switch() {
                // A switch in front of an attached value (`-Aoyaml`) is legal for the tool and easily overlooked by a person.
                if !first {
                    return Err(Denial::arguments(format!(
                        "{} joins a switch with `-{letter}`; write them apart",
                        quote(arg)
                    )));
                }
                let value = match tail.strip_prefix('=') {
                    Some(value) => value,
                    None if tail.is_empty() => next_value(arg, rest)?,
                    None => tail,
                };
                return self.push(flag, value);
            }
            if let Some(value) = tail.strip_prefix('=') {
                return self.push(flag, value);
            }
            self.push(flag, "true")?;
            remaining = tail;
        }
        Ok(())
    }

    fn push(&mut self, flag: &'static Flag, value: &'a str) -> Result<(), Denial> {
        let long = flag.long;
        if self.parsed.value(long).is_some() && !matches!(flag.shape, Shape::LabelKeys) {
            return Err(Denial::arguments(format!("flag `--{long}` is given twice")));
        }
        if let Err(expected) = values::check(flag.shape, value) {
            return Err(Denial::arguments(format!("the value of `--{long}` must be {expected}")));
        }
        self.parsed.flags.push((flag, value));
        Ok(())
    }

    fn unknown(&self, arg: &str) -> Denial {
        let command = self.command.name();
        Denial::arguments(format!("flag {} is not allowed for `{command}`", quote(arg)))
    }
}

fn next_value<'a>(arg: &str, rest: &mut impl Iterator<Item = &'a str>) -> Result<&'a str, Denial> {
    match rest.next() {
        Some(value) if !value.starts_with('-') => Ok(value),
        Some(_) => Err(Denial::arguments(format!("the value of {} begins with a dash", quote(arg)))),
        None => Err(Denial::arguments(format!("flag {} has no value", quote(arg)))),
    }
}
