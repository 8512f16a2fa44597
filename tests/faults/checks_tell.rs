//! Every check finds what it is for: each is shown a made-up record in which one promise is broken,
//! beside the same record in which it is kept. And a seed means the same round for ever.

mod chance;
mod checks;
#[expect(dead_code, reason = "the run uses the rest")]
mod plan;
mod record;

mod tell;
