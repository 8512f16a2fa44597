//! Every acknowledged report exists exactly once, verbatim, under the reference that was given.

use super::Finding;
use crate::record::{Facts, Report, Said};
use std::collections::HashMap;

const PROMISE: &str = "what was acknowledged is stored once, verbatim";

pub(crate) fn check(said: &[Said], facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |what: String| findings.push(Finding::new(PROMISE, what));
    let mut stored: HashMap<String, Vec<&Report>> = HashMap::new();
    for report in &facts.reports {
        let id = report.provider_id.clone();
        stored
            .entry(id.unwrap_or_else(|| report.id.to_string()))
            .or_default()
            .push(report);
    }
    for one in said {
        let found = stored.remove(&one.id).unwrap_or_default();
        let id = &one.id;
        if let Some(status) = one.refused {
            find(format!("report {id} was refused with {status}"));
        }
        match (found.as_slice(), &one.acknowledged) {
            ([], Some(told)) => find(format!(
                "report {id}, acknowledged with {} at try {}, is not stored",
                told.status, one.tries
            )),
            ([_, _, ..], _) => find(format!("report {id} is stored {} times", found.len())),
            ([report], told) => {
                if report.text != one.text || report.number != one.phone {
                    find(format!("report {id} is not stored as it was sent"));
                }
                let case = facts.cases.get(&report.case);
                let reference = told.as_ref().and_then(|told| told.reference.as_ref());
                if let Some(given) = reference
                    && case.is_none_or(|case| case.reference != *given)
                {
                    find(format!(
                        "report {id} was told {given} and is in {}",
                        case.map_or("no case", |case| &case.reference)
                    ));
                }
            }
            ([], None) => {}
        }
    }
    for id in stored.keys() {
        find(format!("report {id} is stored and nobody sent it"));
    }
    for case in facts.cases.values() {
        if !facts.reports.iter().any(|report| report.case == case.id) {
            find(format!("case {} was opened by no report", case.reference));
        }
    }
    // Who writes on a phone has one open case at a time; here nobody's ends and begins anew unasked.
    for line in facts.by_case().values() {
        let opened = line.iter().filter(|line| line.event == "opened").count();
        if opened != 1 {
            find(format!("case {} was opened {opened} times", line[0].case));
        }
    }
    findings
}
