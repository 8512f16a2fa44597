//! Questions to the provider: was this sent, and what came in that we missed?

use super::{Twilio, Unanswered, address, limited};
use crate::case::{Channel, Sealed};
use crate::outbox::delivery::{Status, Trouble};
use chrono::{DateTime, Duration, Utc};

/// Messages on a page; the provider allows 1,000.
const PAGE: u32 = 200;
/// The most pages read for one question.
const MAX_PAGES: usize = 25;
/// The most that is read of a page, in bytes.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;
/// How far the provider's clock, which tells whole seconds, and ours may lie apart.
const SLACK: Duration = Duration::seconds(60);

/// A message as the provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The provider's id.
    pub sid: String,
    /// Its state; none where its word is not known here.
    pub status: Option<Status>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
    /// When the provider took it.
    pub created_at: DateTime<Utc>,
    from: Sealed<String>,
    to: Sealed<String>,
    body: Sealed<String>,
    media: String,
    /// Where its media are listed, if it has any.
    media_at: Option<String>,
}

impl Listed {
    /// The message as the form of the webhook that was missed, to be taken in the same way. A shared
    /// position, which only the webhook tells, is not in it; in place of links to its media stands one
    /// to their list.
    #[must_use]
    pub fn as_form(&self) -> Vec<(String, String)> {
        let mut form = vec![
            ("MessageSid", self.sid.as_str()),
            ("From", self.from.expose()),
            ("To", self.to.expose()),
            ("Body", self.body.expose()),
            ("NumMedia", &self.media),
        ];
        if let Some(list) = &self.media_at {
            form.push(("MediaUrl0", list));
        }
        form.into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

/// Messages in the order they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The messages.
    pub messages: Vec<Listed>,
    /// Whether older ones were left out because there were more than 5,000.
    pub cut: bool,
}

#[derive(serde::Deserialize)]
struct Page {
    messages: Vec<Row>,
    next_page_uri: Option<String>,
}

#[derive(serde::Deserialize)]
struct Row {
    sid: String,
    status: String,
    direction: String,
    from: Option<String>,
    to: Option<String>,
    body: Option<String>,
    num_media: Option<String>,
    subresource_uris: Option<Resources>,
    error_code: Option<u32>,
    date_created: String,
}

#[derive(serde::Deserialize)]
struct Resources {
    media: Option<String>,
}

impl Row {
    fn read(self, messages: &reqwest::Url) -> Result<Listed, Unanswered> {
        let created_at = DateTime::parse_from_rfc2822(&self.date_created)
            .map_err(|_| Unanswered::Unreadable)?
            .to_utc();
        let media = self.num_media.unwrap_or_else(|| "0".into());
        let media_at = self
            .subresource_uris
            .and_then(|resources| resources.media)
            .filter(|_| media != "0")
            .and_then(|path| Some(messages.join(&path).ok()?.to_string()));
        Ok(Listed {
            status: self.status.parse().ok(),
            trouble: self.error_code.filter(|code| *code != 0).map(Trouble::of),
            created_at,
            from: self.from.unwrap_or_default().into(),
            to: self.to.unwrap_or_default().into(),
            body: self.body.unwrap_or_default().into(),
            media,
            media_at,
            sid: self.sid,
        })
    }
}

impl Twilio {
    /// Looks for a message whose sending ended in doubt: the newest of [`Self::all_sent`].
    ///
    /// # Errors
    /// [`Unanswered`]: it is still not known.
    pub async fn find_sent(
        &self,
        channel: Channel,
        to: &Sealed<String>,
        body: &Sealed<String>,
        since: DateTime<Utc>,
    ) -> Result<Option<Listed>, Unanswered> {
        let all = self.all_sent(channel, to, body, since).await?;
        Ok(all.into_iter().next())
    }

    /// Every message to this number with these words that the provider took at or after `since` (a
    /// minute of slack is allowed for clocks), newest first. There can be several: the same words
    /// may have been said twice, so one whose id is on record already is not the one in doubt.
    ///
    /// The provider's filter by date looks at when a message left, which a waiting one lacks, so
    /// the list is read by number alone and compared here.
    ///
    /// # Errors
    /// [`Unanswered`]: it is still not known.
    pub async fn all_sent(
        &self,
        channel: Channel,
        to: &Sealed<String>,
        body: &Sealed<String>,
        since: DateTime<Utc>,
    ) -> Result<Vec<Listed>, Unanswered> {
        let query = [("To", address(channel, to.expose()).into_owned())];
        let batch = self
            .pages(&query, since - SLACK, |row| row.direction != "inbound")
            .await?;
        let same_words = batch.messages.into_iter().rev();
        Ok(same_words.filter(|listed| listed.body == *body).collect())
    }

    /// How a message is doing, for one whose states have not been told: callbacks get lost, and are
    /// not repeated. None where the provider does not know the id.
    ///
    /// # Errors
    /// [`Unanswered`]: ask again later.
    pub async fn look_up(&self, sid: &str) -> Result<Option<Listed>, Unanswered> {
        if sid.is_empty() || !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let uri = format!("Messages/{sid}.json");
        match self.asked(self.next(&uri)?).await? {
            Some(bytes) => read::<Row>(&bytes)?.read(&self.messages).map(Some),
            None => Ok(None),
        }
    }

    /// What was written to our numbers since then (a minute of slack is allowed), oldest first: for
    /// taking in what the webhook missed. Asking for more than is needed does no harm, since a message has one id.
    ///
    /// # Errors
    /// [`Unanswered`]: ask again later.
    pub async fn received_since(&self, since: DateTime<Utc>) -> Result<Batch, Unanswered> {
        let since = since - SLACK;
        let day = since.format("%Y-%m-%d").to_string();
        let mut all = Batch {
            messages: Vec::new(),
            cut: false,
        };
        for address in self.our_addresses() {
            let mut query = vec![("DateSent>", day.clone())];
            query.extend(address.map(|address| ("To", address)));
            let batch = self
                .pages(&query, since, |row| row.direction == "inbound")
                .await?;
            all.messages.extend(batch.messages);
            all.cut |= batch.cut;
        }
        all.messages.sort_by_key(|listed| listed.created_at);
        Ok(all)
    }

    /// The addresses messages come in to; none stands for the whole account, since the numbers of
    /// a messaging service are not known here.
    fn our_addresses(&self) -> Vec<Option<String>> {
        let senders = [Channel::Sms, Channel::Whatsapp].map(|c| (c, self.sender(c)));
        if senders.iter().any(|(_, from)| from.starts_with("MG")) {
            return vec![None];
        }
        senders
            .map(|(c, from)| Some(address(c, from).into_owned()))
            .into()
    }

    /// Reads pages, newest first, until one reaches past `since`; returns oldest first.
    async fn pages(
        &self,
        query: &[(&str, String)],
        since: DateTime<Utc>,
        wanted: impl Fn(&Row) -> bool,
    ) -> Result<Batch, Unanswered> {
        let mut url = self.messages.clone();
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("PageSize", &PAGE.to_string());
        let mut messages = Vec::new();
        let mut cut = true;
        for _ in 0..MAX_PAGES {
            let page = self.page(url.clone()).await?;
            let mut past = false;
            for row in page.messages {
                let is_wanted = wanted(&row);
                let listed = row.read(&self.messages)?;
                past |= listed.created_at < since;
                if is_wanted && listed.created_at >= since {
                    messages.push(listed);
                }
            }
            match page.next_page_uri {
                Some(next) if !past => url = self.next(&next)?,
                _ => {
                    cut = false;
                    break;
                }
            }
        }
        messages.reverse();
        Ok(Batch { messages, cut })
    }

    /// The next page, on the same host: our credentials go nowhere else.
    fn next(&self, uri: &str) -> Result<reqwest::Url, Unanswered> {
        let next = self
            .messages
            .join(uri)
            .map_err(|_| Unanswered::Unreadable)?;
        if next.origin() == self.messages.origin() {
            Ok(next)
        } else {
            Err(Unanswered::Unreadable)
        }
    }

    async fn page(&self, url: reqwest::Url) -> Result<Page, Unanswered> {
        let bytes = self.asked(url).await?;
        read(&bytes.ok_or(Unanswered::Unreadable)?)
    }

    /// The body of an answer; none where there is nothing at this address.
    async fn asked(&self, url: reqwest::Url) -> Result<Option<Vec<u8>>, Unanswered> {
        let response = self
            .http
            .get(url)
            .basic_auth(
                &self.settings.account_sid,
                Some(self.settings.auth_token.expose()),
            )
            .send()
            .await
            .map_err(|_| Unanswered::Unavailable)?;
        match response.status().as_u16() {
            200 => {}
            401 | 403 => return Err(Unanswered::Credentials),
            404 => return Ok(None),
            408 | 429 | 500.. => return Err(Unanswered::Unavailable),
            _ => return Err(Unanswered::Unreadable),
        }
        let bytes = limited(response, MAX_PAGE_BYTES).await;
        bytes.map(Some).ok_or(Unanswered::Unreadable)
    }
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Unanswered> {
    serde_json::from_slice(bytes).map_err(|_| Unanswered::Unreadable)
}
