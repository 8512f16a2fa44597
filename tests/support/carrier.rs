//! What carries texts, by itself and without a node, to a provider that the story plays.

use crate::support::given::{ACCOUNT, OURS, TOKEN};
use msaada::carry::Carrier;
use msaada::outbox::twilio::{Settings, Twilio};
use msaada::rounds::Wake;
use msaada::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A carrier whose provider listens here.
pub(crate) fn carrier(store: Store, provider: &TcpListener) -> Carrier {
    let gateway = Twilio::new(Settings {
        api: format!("http://{}", provider.local_addr().expect("an address")),
        account_sid: ACCOUNT.to_owned(),
        auth_token: TOKEN.to_owned().into(),
        from: OURS.to_owned(),
        whatsapp_from: None,
        status_callback: None,
        timeout: Duration::from_secs(10),
        validity: None,
    })
    .expect("a gateway");
    Carrier {
        gateway: Some(gateway),
        ..carrier_to_nobody(store)
    }
}

/// A carrier where no message service is set up.
pub(crate) fn carrier_to_nobody(store: Store) -> Carrier {
    Carrier {
        store,
        gateway: None,
        wake: Wake::default(),
        lost: Wake::default(),
        opened: Arc::default(),
        stop: CancellationToken::new(),
    }
}
