//! The commands of the command line that need no database.

pub mod evaluate;
pub mod gazetteer;
pub mod understand;
