//! The map of the code, held: a module uses only what stands below it.
//!
//! Whoever changes the map changes this table and says why in the commit.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The modules, top to bottom. Modules of one row do not know each other.
const MAP: &[&[&str]] = &[
    &["main", "lib"],
    // The bench, the drill and the phones know the service from outside.
    &["bench", "commands", "drill", "simulator"],
    &["service"],
    // Settings become the parts they are for.
    &["config", "server"],
    &["desk"],
    &["intake"],
    &["flow"],
    &["atlas", "audit", "carry", "clocks", "repair"],
    &["feed", "presence"],
    &["understand", "store", "queue", "spool"],
    &["outbox"],
    &["case"],
    &[
        "attempts",
        "clock",
        "cookie",
        "problem",
        "reach",
        "rounds",
        "telemetry",
    ],
];

fn row(module: &str) -> Option<usize> {
    MAP.iter().position(|row| row.contains(&module))
}

#[test]
fn a_module_uses_only_what_stands_below_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrongs = String::new();
    for file in rust_files(&root) {
        let shown = file
            .strip_prefix(&root)
            .expect("a file of src")
            .display()
            .to_string();
        let parts: Vec<&str> = shown.trim_end_matches(".rs").split('/').collect();
        let module = parts[0];
        let Some(stands) = row(module) else {
            writeln!(wrongs, "src/{shown}:1: the module `{module}` is not on the map; give it a row in tests/layers.rs").expect("a string grows");
            continue;
        };
        let depth = parts.len() - usize::from(parts.last() == Some(&"mod"));
        let text = std::fs::read_to_string(&file).expect("a source file is text");
        for (line, used) in uses(&text, depth) {
            let Some(lies) = row(&used) else { continue };
            if used != module && lies <= stands {
                writeln!(
                    wrongs,
                    "src/{shown}:{line}: `{module}` uses `{used}`, which does not stand below it; \
                     move what is shared down, or pass it in from above"
                )
                .expect("a string grows");
            }
        }
    }
    assert!(wrongs.is_empty(), "\n{wrongs}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The top-level modules that a source names, with their lines. `depth` is 1 for `src/a.rs`: how
/// many times `super::` leads out of it to the root.
fn uses(text: &str, depth: usize) -> Vec<(usize, String)> {
    let code = without_comments_and_strings(text);
    let out = "super::".repeat(depth);
    let mut found = Vec::new();
    for root in ["crate::", out.as_str()] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | ':')) {
                continue;
            }
            let line = 1 + code[..at].matches('\n').count();
            let names = named(&code[at + root.len()..]).into_iter();
            found.extend(
                names
                    .filter(|name| !name.is_empty())
                    .map(|name| (line, name)),
            );
        }
    }
    found
}

/// The first names of a path: one, or several within braces (`{a::b, c::{d, e}, f}`).
fn named(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let text = text.trim_start();
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(list) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let (mut depth, mut names) = (1, vec![word(list)]);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(word(&list[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// The source with comments and the insides of strings turned to spaces; lines stay where they are.
fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = hashes + 2;
            rest[body..]
                .find(&end)
                .map_or(rest.len(), |at| body + at + end.len())
        } else if c == '"' {
            string_length(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest[1..].find('\'').map_or(1, |at| at + 2)
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.extend(
            rest[..length]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' }),
        );
        rest = &rest[length..];
    }
    code
}

/// The number of `#` where a raw string begins.
fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn names_are_found_wherever_they_are_written_and_not_in_words_about_them() {
    let source = "//! See crate::desk.\nuse crate::case::Kind;\nuse crate::{\n    flow::receive,\n    \
                  store::{Cases, crates},\n};\nlet s = \"crate::server\"; let q = '\"'; super::queue::take();\n";
    let mut found = uses(source, 1);
    found.sort();
    let expected = [(2, "case"), (3, "flow"), (3, "store"), (7, "queue")];
    assert_eq!(found, expected.map(|(line, name)| (line, name.to_owned())));
}
