//! What the stories stand on: real servers, never stand-ins.

pub(crate) mod acts;
pub(crate) mod carrier;
pub(crate) mod desk;
pub(crate) mod given;
pub(crate) mod keeper;
pub(crate) mod page;
pub(crate) mod passing;
pub(crate) mod patience;
pub(crate) mod phone;
pub(crate) mod process;
pub(crate) mod record;
pub(crate) mod redis_forms;
pub(crate) mod server;
pub(crate) mod servers;
pub(crate) mod wire;
pub(crate) mod words;
pub(crate) mod world;
