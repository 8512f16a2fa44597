//! The servers of the stories, with the keeper that outlives them by a moment, and what is given to
//! whatever is started.

#[path = "../support/given.rs"]
pub(crate) mod given;
#[path = "../support/keeper.rs"]
pub(crate) mod keeper;
#[path = "../support/server.rs"]
pub(crate) mod server;
#[path = "../support/servers.rs"]
pub(crate) mod servers;
#[path = "../support/wire.rs"]
pub(crate) mod wire;
