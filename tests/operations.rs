//! What the pages for operators name is there: every figure, and every sentence of the log.
//!
//! An alert on a figure that is called otherwise never fires, and nobody finds out in time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|its| its == extension) {
            found.push(path);
        }
    }
    found
}

/// All sources in one, with strings that go over several lines put together.
fn sources() -> String {
    let mut all = String::new();
    for file in files(&root().join("src"), "rs") {
        let text = std::fs::read_to_string(file).expect("a source");
        let mut lines = text.split("\\\n");
        all.push_str(lines.next().unwrap_or_default());
        for line in lines {
            all.push_str(line.trim_start());
        }
    }
    all
}

#[test]
fn every_file_that_a_page_leads_to_is_there() {
    let mut pages = files(&root().join("docs"), "md");
    pages.push(root().join("README.md"));
    let mut missing = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        let beside = page.parent().expect("a folder");
        for (at, _) in text.match_indices("](") {
            let link = text[at + 2..].split([')', '#']).next().unwrap_or_default();
            if !link.is_empty() && !link.contains("://") && !beside.join(link).exists() {
                missing.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

/// The names of figures in a text, without what Prometheus adds to those of histograms.
fn figures(text: &str) -> BTreeSet<String> {
    text.match_indices("msaada_")
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let name = &rest[..end.unwrap_or(rest.len())];
            ["_bucket", "_count", "_sum"]
                .iter()
                .find_map(|added| name.strip_suffix(added))
                .unwrap_or(name)
                .to_owned()
        })
        .collect()
}

/// What is quoted after the word “log”.
fn sentences(text: &str) -> BTreeSet<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    for start in ["log `", "Log `"] {
        for (at, _) in text.match_indices(start) {
            let mut rest = &text[at + start.len()..];
            // One, or several after one another.
            while let Some((sentence, after)) = rest.split_once('`') {
                found.insert(sentence.to_owned());
                let Some(next) = after.strip_prefix(", `") else {
                    break;
                };
                rest = next;
            }
        }
    }
    found
}

#[test]
fn every_figure_that_a_page_names_is_counted() {
    let counted = figures(&sources());
    for page in files(&root().join("docs"), "md") {
        let text = std::fs::read_to_string(&page).expect("a page");
        for name in figures(&text) {
            assert!(
                counted.contains(&name),
                "{} names {name}, which nothing counts",
                page.display()
            );
        }
    }
}

#[test]
fn every_sentence_of_the_log_that_operations_quotes_is_written() {
    let sources = sources();
    let page = std::fs::read_to_string(root().join("docs/operations.md")).expect("the page");
    let quoted = sentences(&page);
    assert!(quoted.len() > 10, "{quoted:?}");
    for sentence in quoted {
        assert!(sources.contains(&sentence), "nothing logs: {sentence}");
    }
    // The table of the auditor quotes without the word.
    for (figure, sentence) in table(&page) {
        assert!(sources.contains(&sentence), "nothing logs: {sentence}");
        assert!(sources.contains(&figure), "nothing counts: {figure}");
    }
}

/// The rows of the auditor's table: the figure and what is logged with it.
fn table(page: &str) -> Vec<(String, String)> {
    let rows: Vec<(String, String)> = page
        .lines()
        .filter(|line| line.starts_with("| `msaada_audit_"))
        .filter_map(|line| {
            let mut cells = line.split('|').skip(1).map(|cell| {
                let quoted = cell.split('`').nth(1);
                quoted.unwrap_or_default().to_owned()
            });
            Some((cells.next()?, cells.next()?))
        })
        .collect();
    assert!(rows.len() > 3, "the table of the auditor is gone");
    rows
}

#[test]
fn names_and_sentences_are_found_as_they_are_written() {
    let text = "`msaada_a_total` and msaada_late_seconds_bucket{le=\"1\"}; log `One\nsentence`, `another`.";
    let names: Vec<String> = figures(text).into_iter().collect();
    assert_eq!(names, ["msaada_a_total", "msaada_late_seconds"]);
    let said: Vec<String> = sentences(text).into_iter().collect();
    assert_eq!(said, ["One sentence", "another"]);
}
