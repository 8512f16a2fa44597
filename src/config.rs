//! Settings, from the environment or the command line.
//!
//! A setting that is missing or wrong is named at start, with how to mend it. Secrets are never
//! printed, not even by `--help`.

mod environment;
mod left;

pub use environment::{without_empty, without_settings};
pub use left::left_by_run;

use crate::case::{Mint, Sealed};
use crate::desk::Tiles;
use crate::intake::twilio::signature::Tokens;
use crate::outbox::rates::Rates;
use crate::outbox::twilio::{Settings as Gateway, Twilio};
use crate::reach::Form;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What the service needs to know.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// PostgreSQL, as a URL: `postgres://user@host/database`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// Redis, as a URL. One server: `redis://host:6379`, or `redis+unix:///path/to/socket`.
    /// Sentinel: `redis+sentinel://host:26379,host:26379,host:26379/NAME`. Cluster:
    /// `redis+cluster://host:6379,host:6379,host:6379`. `user:password@` may stand before the hosts
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: String,
    /// Address and port to listen on
    #[arg(long, env = "MSAADA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Under which URL the public reaches the service; signatures are checked against it
    #[arg(
        long,
        env = "MSAADA_PUBLIC_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub public_url: String,
    /// File with the service's secret, at least 32 bytes; every node has the same. References and
    /// codes are derived from it: a new one makes old codes worthless
    #[arg(long, env = "MSAADA_SECRET_FILE")]
    pub secret_file: PathBuf,
    /// Twilio account, AC and 32 hexadecimal digits
    #[arg(long, env = "MSAADA_TWILIO_ACCOUNT_SID")]
    pub twilio_account_sid: Option<String>,
    /// One auth token, or two while they are rotated, separated by a comma; the first one sends
    #[arg(long, env = "MSAADA_TWILIO_AUTH_TOKENS", hide_env_values = true)]
    pub twilio_auth_tokens: Option<String>,
    /// Our number in E.164, or a messaging service (MG…)
    #[arg(long, env = "MSAADA_TWILIO_FROM")]
    pub twilio_from: Option<String>,
    /// Our WhatsApp number in E.164, where it is another one
    #[arg(long, env = "MSAADA_TWILIO_WHATSAPP_FROM")]
    pub twilio_whatsapp_from: Option<String>,
    /// Base URL of the message service
    #[arg(
        long,
        env = "MSAADA_TWILIO_API",
        default_value = "https://api.twilio.com"
    )]
    pub twilio_api: String,
    /// Table of how fast each sender may speak to each country, in place of the one the program
    /// carries: `channel,number,per_second,note`, see docs/twilio.md
    #[arg(long, env = "MSAADA_RATES_FILE")]
    pub rates_file: Option<PathBuf>,
    /// Folder of a mission's own `lexicon/*.tsv` and `places.tsv`, added to what the program carries,
    /// and `missions.csv` and `model.bin`, which replace it. After a change of `missions.csv`, run
    /// `msaada missions load`: until then its new missions' cases go to the response centre
    #[arg(long, env = "MSAADA_UNDERSTANDING_DIR")]
    pub understanding_dir: Option<PathBuf>,
    /// What Redis keys begin with
    #[arg(long, env = "MSAADA_REDIS_PREFIX", default_value = "msaada")]
    pub redis_prefix: String,
    /// Connections to PostgreSQL of this process; three of them only take reports in, and three
    /// belong to the clocks and the outbox
    #[arg(long, env = "MSAADA_DATABASE_CONNECTIONS", default_value_t = 16,
          value_parser = clap::value_parser!(u32).range(8..=200))]
    pub database_connections: u32,
    /// Hours after which a responder must sign in again
    #[arg(long, env = "MSAADA_SESSION_HOURS", default_value_t = 12,
          value_parser = clap::value_parser!(u32).range(1..=168))]
    pub session_hours: u32,
    /// Folder of this process alone, on a disk that survives it: reports are kept here while
    /// PostgreSQL is away. Without it they are refused meanwhile
    #[arg(long, env = "MSAADA_SPOOL_DIR")]
    pub spool_dir: Option<PathBuf>,
    /// The most bytes kept there; at the limit reports are refused
    #[arg(long, env = "MSAADA_SPOOL_MAX_BYTES", default_value_t = 1 << 30,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub spool_max_bytes: u64,
    /// The most numbers in an hour that this process tells that a report arrived, where somebody only
    /// typed them; what is beyond is counted and not sent
    #[arg(long, env = "MSAADA_TYPED_TEXTS_HOURLY", default_value_t = 300)]
    pub typed_texts_hourly: u32,
    /// The most of them in one country
    #[arg(long, env = "MSAADA_TYPED_TEXTS_HOURLY_COUNTRY", default_value_t = 60)]
    pub typed_texts_hourly_country: u32,
    /// Seconds in which the body of a request must have come, or its connection ends. What a person
    /// types on the public pages has twice as long, a file from a desk thirty times
    #[arg(long, env = "MSAADA_BODY_SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..=600))]
    pub body_seconds: u64,
    /// The most bytes of photographs from the public pages that this process keeps in an hour; who
    /// sends more keeps her words and is asked to send them later. Some two thousand unless set
    #[arg(long, env = "MSAADA_PHOTOGRAPHS_HOURLY_BYTES", default_value_t = 1 << 30,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub photographs_hourly: u64,
    /// Tiles to lay under the crisis map, as a URL with {z}, {x} and {y}. Without it the map asks
    /// nobody; with it, whoever serves the tiles learns which parts of the world a desk looks at
    #[arg(long, env = "MSAADA_MAP_TILES")]
    pub map_tiles: Option<String>,
    /// A style to draw the crisis map on instead, as the URL of a MapLibre style (JSON). Everything it
    /// names must come from the same host, which learns what a desk looks at
    #[arg(long, env = "MSAADA_MAP_STYLE")]
    pub map_style: Option<String>,
    /// Who is to be named on the map for these tiles or this style
    #[arg(long, env = "MSAADA_MAP_ATTRIBUTION", default_value = "")]
    pub map_attribution: String,
    /// Asked for (GET) every few seconds while all is well, so that an address outside notices when
    /// it is not; a secret
    #[arg(long, env = "MSAADA_DEADMAN_URL", hide_env_values = true)]
    pub deadman_url: Option<String>,
    /// Log as JSON lines
    #[arg(long, env = "MSAADA_LOG_JSON")]
    pub log_json: bool,
}

/// A setting that is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {why}")]
pub struct WrongSetting {
    /// Its name in the environment.
    pub setting: &'static str,
    /// What is wrong and how to mend it.
    pub why: String,
}

impl WrongSetting {
    fn new(setting: &'static str, why: impl std::fmt::Display) -> Self {
        Self {
            setting,
            why: why.to_string(),
        }
    }
}

/// The message service: how to send, and whose webhooks to believe.
#[derive(Debug, Clone)]
pub struct Messages {
    /// The client that sends.
    pub gateway: Twilio,
    /// The tokens webhooks are signed with.
    pub tokens: Tokens,
}

/// The mint with the secret in this file.
///
/// # Errors
/// The secret cannot be read or is too short.
pub fn mint_of(secret_file: &Path) -> Result<Mint, WrongSetting> {
    let name = "MSAADA_SECRET_FILE";
    let secret = std::fs::read(secret_file).map_err(|error| {
        WrongSetting::new(
            name,
            format!("{error}; make one with: head -c 32 /dev/urandom | base64 > FILE"),
        )
    })?;
    if secret.len() < 32 {
        return Err(WrongSetting::new(
            name,
            "the secret must have at least 32 bytes",
        ));
    }
    Ok(Mint::new(&secret))
}

impl Settings {
    /// The mint of references and codes.
    ///
    /// # Errors
    /// The secret cannot be read or is too short.
    pub fn mint(&self) -> Result<Mint, WrongSetting> {
        mint_of(&self.secret_file)
    }

    /// The public URL without a slash at its end.
    ///
    /// # Errors
    /// It is no URL.
    pub fn public_url(&self) -> Result<String, WrongSetting> {
        let url: reqwest::Url = self
            .public_url
            .parse()
            .map_err(|error| WrongSetting::new("MSAADA_PUBLIC_URL", error))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(WrongSetting::new(
                "MSAADA_PUBLIC_URL",
                "must begin with https:// (or http:// on this machine)",
            ));
        }
        let more = url.query().is_some() || url.fragment().is_some();
        if more || !url.username().is_empty() || url.password().is_some() {
            return Err(WrongSetting::new(
                "MSAADA_PUBLIC_URL",
                "must hold no user, no ? and no #: only what people type to reach the service",
            ));
        }
        Ok(self.public_url.trim_end_matches('/').to_owned())
    }

    /// What is asked for while all is well, if anything is.
    ///
    /// # Errors
    /// It is no URL.
    pub fn deadman(&self) -> Result<Option<reqwest::Url>, WrongSetting> {
        let wrong = || {
            WrongSetting::new(
                "MSAADA_DEADMAN_URL",
                "must be a URL that begins with https:// or http://",
            )
        };
        let set = self.deadman_url.as_ref().filter(|url| !url.is_empty());
        set.map(|url| {
            let url: reqwest::Url = url.parse().map_err(|_| wrong())?;
            matches!(url.scheme(), "http" | "https")
                .then_some(url)
                .ok_or_else(wrong)
        })
        .transpose()
    }

    /// The message service, if one is set up: all three settings or none.
    ///
    /// # Errors
    /// One is missing or wrong.
    pub fn messages(&self) -> Result<Option<Messages>, WrongSetting> {
        // Compose files pass what is not set as nothing.
        let set = |setting: &Option<String>| setting.clone().filter(|text| !text.is_empty());
        let (account, tokens, from) = match (
            set(&self.twilio_account_sid),
            set(&self.twilio_auth_tokens),
            set(&self.twilio_from),
        ) {
            (None, None, None) => return Ok(None),
            (Some(account), Some(tokens), Some(from)) => (account, tokens, from),
            _ => {
                return Err(WrongSetting::new(
                    "MSAADA_TWILIO_*",
                    "set MSAADA_TWILIO_ACCOUNT_SID, MSAADA_TWILIO_AUTH_TOKENS and \
                     MSAADA_TWILIO_FROM together, or none of them",
                ));
            }
        };
        let whatsapp = set(&self.twilio_whatsapp_from);
        for (name, sender, may_be_service) in [
            ("MSAADA_TWILIO_FROM", Some(&from), true),
            ("MSAADA_TWILIO_WHATSAPP_FROM", whatsapp.as_ref(), false),
        ] {
            if sender.is_some_and(|sender| !is_sender(sender, may_be_service)) {
                let why = "must be a number such as +254700000000, or MG and 32 hexadecimal digits \
                           for a messaging service of texts";
                return Err(WrongSetting::new(name, why));
            }
        }
        let tokens: Tokens = tokens
            .parse()
            .map_err(|error| WrongSetting::new("MSAADA_TWILIO_AUTH_TOKENS", error))?;
        let gateway = Twilio::new(Gateway {
            api: self.twilio_api.clone(),
            account_sid: account,
            auth_token: tokens.first().clone(),
            from,
            whatsapp_from: whatsapp,
            status_callback: Some(format!("{}/channels/twilio/status", self.public_url()?)),
            timeout: Duration::from_secs(10),
            validity: Some(Duration::from_hours(4)),
        })
        .map_err(|error| WrongSetting::new("MSAADA_TWILIO_*", error))?;
        Ok(Some(Messages { gateway, tokens }))
    }

    /// What is laid under the map, if anything is.
    ///
    /// # Errors
    /// A URL is none, tiles have no place for a tile's number, or both tiles and a style are set.
    pub fn tiles(&self) -> Result<Tiles, WrongSetting> {
        let set = |url: &Option<String>| url.clone().filter(|url| !url.is_empty());
        let (url, style) = (set(&self.map_tiles), set(&self.map_style));
        let (name, one) = match (&url, &style) {
            (None, None) => return Ok(Tiles::default()),
            (Some(tiles), None) => ("MSAADA_MAP_TILES", tiles),
            (None, Some(style)) => ("MSAADA_MAP_STYLE", style),
            (Some(_), Some(_)) => {
                let why = "a map lies on tiles or on a style: MSAADA_MAP_TILES is set too";
                return Err(WrongSetting::new("MSAADA_MAP_STYLE", why));
            }
        };
        let parsed: reqwest::Url = one
            .parse()
            .map_err(|error| WrongSetting::new(name, error))?;
        let numbered = ["{z}", "{x}", "{y}"].iter().all(|part| one.contains(part));
        if url.is_some() && !numbered {
            let why = "must hold {z}, {x} and {y}, such as https://tiles.example/{z}/{x}/{y}.png";
            return Err(WrongSetting::new(name, why));
        }
        if parsed.host().is_none() {
            let why = "must name a host, such as https://tiles.example/style.json";
            return Err(WrongSetting::new(name, why));
        }
        Ok(Tiles {
            origin: Some(parsed.origin().ascii_serialization()),
            url,
            style,
            attribution: self.map_attribution.clone(),
        })
    }

    /// How fast each sender may speak to each country.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn rates(&self) -> Result<Arc<Rates>, WrongSetting> {
        let wrong = |error: &dyn std::fmt::Display| WrongSetting::new("MSAADA_RATES_FILE", error);
        let set = self.rates_file.as_ref();
        let Some(file) = set.filter(|file| !file.as_os_str().is_empty()) else {
            return Ok(Rates::carried());
        };
        let table = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
        Rates::read(&table)
            .map(Arc::new)
            .map_err(|error| wrong(&error))
    }

    /// How long a session lasts.
    #[must_use]
    pub fn session_length(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::hours(self.session_hours.into())
    }

    /// The form Redis is run in, and where.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn redis(&self) -> Result<Form, WrongSetting> {
        self.redis_url
            .parse()
            .map_err(|error| WrongSetting::new("REDIS_URL", error))
    }
}

/// Whether the provider can send from this: a number in E.164, or a messaging service.
fn is_sender(sender: &str, may_be_service: bool) -> bool {
    let service = sender
        .strip_prefix("MG")
        .is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = sender.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    number || may_be_service && service
}

/// A password as people type it.
pub type Password = Sealed<String>;

#[cfg(test)]
mod tests;
