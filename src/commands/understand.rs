//! `msaada understand`: the window to what is understood of a text.

use crate::case::{Channel, Evidence, Number, Understood};
use crate::understand::{Heard, Understanding};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{BufRead, Write};
use std::path::PathBuf;

/// Prints what is understood of a text; without a text, of every JSON line on standard input.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The sender's number, such as +966500000000.
    #[arg(long)]
    from: Option<String>,
    /// The channel: sms, whatsapp, web, api or phone.
    #[arg(long, default_value = "sms")]
    channel: Channel,
    /// A directory of additions: places.tsv, lexicon/*.tsv, missions.csv.
    #[arg(long, env = "MSAADA_UNDERSTANDING_DIR")]
    additions: Option<PathBuf>,
    /// The text. Without it, lines such as {"id":"1","text":"…","from":"+966…"} are read.
    text: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    id: Option<serde_json::Value>,
    #[serde(default)]
    text: String,
    from: Option<String>,
    channel: Option<String>,
}

#[derive(Serialize)]
struct Told<'a> {
    text: String,
    start: u32,
    end: u32,
    says: &'a str,
}

/// Runs the command.
///
/// # Errors
/// A sentence that says what could not be read.
pub fn run(args: &Args) -> Result<(), String> {
    let understanding =
        Understanding::load_from(args.additions.as_deref()).map_err(|e| e.to_string())?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if !args.text.is_empty() {
        let text = args.text.join(" ");
        let number = args.from.as_deref().map(Number::read);
        let understood = understand(&understanding, &text, number.as_ref(), args.channel, true);
        let printed = serde_json::to_string_pretty(&printed(None, &text, &understood))
            .map_err(|e| e.to_string())?;
        return writeln!(out, "{printed}").map_err(|e| e.to_string());
    }
    let mut input = std::io::stdin().lock();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if input
            .read_until(b'\n', &mut bytes)
            .map_err(|e| e.to_string())?
            == 0
        {
            break;
        }
        // What is not valid UTF-8 is read as far as it can be: there is always an answer.
        let line = String::from_utf8_lossy(&bytes);
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = match serde_json::from_str(&line) {
            Ok(line) => line,
            Err(error) => {
                let problem = json!({ "error": format!("not a JSON line: {error}") });
                writeln!(out, "{problem}").map_err(|e| e.to_string())?;
                continue;
            }
        };
        let from = line.from.as_deref().or(args.from.as_deref());
        let number = from.map(Number::read);
        let channel = line
            .channel
            .as_deref()
            .and_then(|c| c.parse().ok())
            .unwrap_or(args.channel);
        // A line without a sender is a text found somewhere, not one that was sent to us.
        let sent = number.is_some();
        let understood = understand(&understanding, &line.text, number.as_ref(), channel, sent);
        writeln!(
            out,
            "{}",
            printed(line.id.as_ref(), &line.text, &understood)
        )
        .map_err(|e| e.to_string())?;
    }
    out.flush().map_err(|e| e.to_string())
}

fn understand(
    understanding: &Understanding,
    text: &str,
    number: Option<&Number>,
    channel: Channel,
    sent: bool,
) -> Understood {
    understanding.understand(&Heard {
        number,
        sent,
        ..Heard::words(text, channel)
    })
}

fn printed(id: Option<&serde_json::Value>, text: &str, u: &Understood) -> serde_json::Value {
    let chars: Vec<char> = text.chars().collect();
    json!({
        "id": id,
        "report": u.report,
        "kind": u.kind,
        "priority": u.priority,
        "lang": u.lang,
        "for": u.for_whom,
        "place": u.place.as_ref().map(|p| json!({
            "lat": p.point.lat(),
            "lon": p.point.lon(),
            "radius_m": p.radius_m,
            "country": p.country,
            "name": p.name,
            "level": p.level,
            "source": p.source,
            "certain": p.certain,
        })),
        "mission": u.mission,
        "alternative_kind": u.alternative_kind,
        "alternative_mission": u.alternative_mission,
        "confidence": u.confidence,
        "signs": u.signs,
        "needs": u.needs,
        "evidence": u.evidence.iter().map(|e| told(&chars, e)).collect::<Vec<_>>(),
    })
}

fn told<'a>(chars: &[char], evidence: &'a Evidence) -> Told<'a> {
    let (start, end) = (evidence.start as usize, evidence.end as usize);
    Told {
        text: chars
            .get(start..end)
            .map(|c| c.iter().collect())
            .unwrap_or_default(),
        start: evidence.start,
        end: evidence.end,
        says: &evidence.says,
    }
}
