//! Figures: what was counted, its interval, its target.

use std::collections::BTreeMap;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 1_000;

/// What must be reached.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    AtLeast(f64),
    AtMost(f64),
    None,
}

/// One mistake, for a person to look at.
#[derive(Debug, Clone)]
pub(super) struct Mistake {
    pub(super) text: String,
    pub(super) wanted: String,
    pub(super) got: String,
}

/// A ratio of two sums, one pair for each item, so that shares, recalls and F1 are all alike.
#[derive(Debug)]
struct Figure {
    name: &'static str,
    yardstick: &'static str,
    target: Target,
    items: Vec<(f64, f64)>,
    mistakes: Vec<Mistake>,
    /// Whether it is a plain number and no ratio.
    number: Option<f64>,
}

/// All figures, in the order in which they were first met.
#[derive(Debug, Default)]
pub(super) struct Table {
    figures: Vec<Figure>,
    by_name: BTreeMap<&'static str, usize>,
}

impl Table {
    /// Declares a figure.
    pub(super) fn declare(&mut self, name: &'static str, yardstick: &'static str, target: Target) {
        self.by_name.insert(name, self.figures.len());
        self.figures.push(Figure {
            name,
            yardstick,
            target,
            items: Vec::new(),
            mistakes: Vec::new(),
            number: None,
        });
    }

    fn of(&mut self, name: &'static str) -> &mut Figure {
        let at = *self
            .by_name
            .get(name)
            .expect("declared before it is counted");
        &mut self.figures[at]
    }

    /// Counts one item of a share: whether it holds.
    pub(super) fn count(
        &mut self,
        name: &'static str,
        holds: bool,
        mistake: impl FnOnce() -> Mistake,
    ) {
        let figure = self.of(name);
        figure.items.push((f64::from(u8::from(holds)), 1.0));
        let wrong = match figure.target {
            Target::AtMost(_) => holds,
            _ => !holds,
        };
        if wrong {
            figure.mistakes.push(mistake());
        }
    }

    /// Counts one item of an F1: right, wrongly told, missed.
    pub(super) fn f1(
        &mut self,
        name: &'static str,
        counts: [usize; 3],
        mistake: impl FnOnce() -> Mistake,
    ) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts within one text are small"
        )]
        let [right, wrong, missed] = counts.map(|n| n as f64);
        let figure = self.of(name);
        figure
            .items
            .push((2.0 * right, 2.0 * right + wrong + missed));
        if wrong + missed > 0.0 {
            figure.mistakes.push(mistake());
        }
    }

    /// Records a plain number.
    pub(super) fn number(&mut self, name: &'static str, value: f64) {
        self.of(name).number = Some(value);
    }

    /// Keeps only figures whose name holds a text.
    pub(super) fn keep(&mut self, only: Option<&str>) {
        if let Some(only) = only {
            self.figures.retain(|f| f.name.contains(only));
        }
    }

    /// Prints the table.
    pub(super) fn print(&self) {
        println!(
            "{:<66} {:>6}  {:<15} {:>6} {:>9} {:>8}",
            "figure", "value", "95 % interval", "n", "yardstick", "target"
        );
        for f in &self.figures {
            let Some(value) = f.value() else { continue };
            let (low, high) = f.interval();
            let (target, reached) = match f.target {
                Target::AtLeast(t) => (format!("≥ {t}"), Some(value >= t)),
                Target::AtMost(t) => (format!("≤ {t}"), Some(value <= t)),
                Target::None => (String::new(), None),
            };
            let mark = match reached {
                Some(true) => "ok",
                Some(false) => "MISSED",
                None => "",
            };
            let interval = if f.number.is_some() {
                String::new()
            } else {
                format!("{low:.3}–{high:.3}")
            };
            println!(
                "{:<66} {:>6} {:<16} {:>6} {:>9} {:>8} {mark}",
                f.name,
                if f.number.is_some() {
                    format!("{value:.1}")
                } else {
                    format!("{value:.3}")
                },
                interval,
                f.items.len(),
                f.yardstick,
                target
            );
        }
    }

    /// The table as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        self.figures
            .iter()
            .filter_map(|f| {
                let (low, high) = f.interval();
                Some(serde_json::json!({
                    "figure": f.name, "value": f.value()?, "low": low, "high": high,
                    "n": f.items.len(), "yardstick": f.yardstick,
                }))
            })
            .collect()
    }

    /// Prints the first mistakes of each figure.
    pub(super) fn print_mistakes(&self, each: usize) {
        for f in self
            .figures
            .iter()
            .filter(|f| !f.mistakes.is_empty() && each > 0)
        {
            println!("\n{} — {} mistakes", f.name, f.mistakes.len());
            for m in spread(&f.mistakes, each) {
                let text: String = m.text.chars().take(230).collect();
                println!("  · {}", text.replace('\n', " "));
                println!("    wanted {} · got {}", m.wanted, m.got);
            }
        }
    }
}

/// So many items, spread over the whole list.
fn spread(mistakes: &[Mistake], each: usize) -> impl Iterator<Item = &Mistake> {
    let step = mistakes.len().div_ceil(each.max(1)).max(1);
    mistakes.iter().step_by(step)
}

impl Figure {
    fn value(&self) -> Option<f64> {
        if self.number.is_some() {
            return self.number;
        }
        ratio(self.items.iter())
    }

    /// The middle 95 % of resampled values.
    fn interval(&self) -> (f64, f64) {
        let n = self.items.len();
        if n == 0 {
            return (0.0, 0.0);
        }
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut values: Vec<f64> = (0..RESAMPLES)
            .filter_map(|_| {
                let mut sums = (0.0, 0.0);
                for _ in 0..n {
                    seed ^= seed << 13;
                    seed ^= seed >> 7;
                    seed ^= seed << 17;
                    let at = usize::try_from(seed >> 16).unwrap_or(0) % n;
                    sums.0 += self.items[at].0;
                    sums.1 += self.items[at].1;
                }
                (sums.1 > 0.0).then(|| sums.0 / sums.1)
            })
            .collect();
        values.sort_by(f64::total_cmp);
        let at = |share: usize| {
            values
                .get(values.len() * share / 1000)
                .copied()
                .unwrap_or(0.0)
        };
        (at(25), at(975))
    }
}

fn ratio<'a>(items: impl Iterator<Item = &'a (f64, f64)>) -> Option<f64> {
    let (a, b) = items.fold((0.0, 0.0), |s, i| (s.0 + i.0, s.1 + i.1));
    (b > 0.0).then(|| a / b)
}
