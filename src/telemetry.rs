//! Tracing and metrics. Sentences with fields; never personal data.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// What is logged where nothing else was chosen. What comes over a connection and is no HTTP is
/// nobody's error here, and whoever sends it must not fill the log.
const CHOSEN: &str = "info,sqlx=warn,actix_server=warn,actix_http::h1::dispatcher=off";

/// Begins to log, to standard error: `RUST_LOG` chooses what, `info` where it does not. Calling it
/// again does nothing.
pub fn log(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(CHOSEN));
    let registry = tracing_subscriber::registry().with(filter);
    // An error means that logging was begun before.
    let _ = if json {
        registry
            .with(fmt::layer().json().with_writer(std::io::stderr))
            .try_init()
    } else {
        registry
            .with(
                fmt::layer()
                    .with_target(false)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr),
            )
            .try_init()
    };
}

/// Begins to count, for `/metrics`.
///
/// # Errors
/// Another recorder counts already.
pub fn count() -> Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    PrometheusBuilder::new()
        .set_buckets(&[
            0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
            300.0,
        ])?
        .install_recorder()
}
