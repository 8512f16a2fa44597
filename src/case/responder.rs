//! Who works cases, and what each may see and do.

use super::words::vocabulary;
use super::{MissionCode, Post};
use uuid::Uuid;

vocabulary! {
    /// What a responder may do.
    Role {
        /// Answers and enters calls at the response centre.
        Operator = "operator",
        /// Works the cases of a mission.
        Officer = "officer",
        /// Sees who does what, may act on another's case.
        Supervisor = "supervisor",
        /// Sets up missions and responders.
        Administrator = "administrator",
        /// Nobody: a big screen that shows how things stand, and may do nothing else.
        Wall = "wall",
    }
}

/// Someone who works cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Responder {
    /// Its id.
    pub id: Uuid,
    /// The name colleagues see; staff, so not sealed.
    pub name: String,
    /// The address it signs in with.
    pub email: String,
    /// What it may do.
    pub role: Role,
    /// The post it holds; the rung of the ladder it stands on.
    pub post: Post,
    /// Its mission.
    pub mission: MissionCode,
    /// Whether it is on duty.
    pub on_duty: bool,
}

impl Responder {
    /// Whether every mission's cases are seen: by the response centre.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.mission.is_centre()
    }

    /// Whether a case of this mission is seen.
    #[must_use]
    pub fn sees(&self, mission: &MissionCode) -> bool {
        self.sees_all() || self.mission == *mission
    }

    /// Whether a case is seen that is at this mission, or offered to this one.
    #[must_use]
    pub fn sees_case(&self, mission: &MissionCode, offered_to: Option<&MissionCode>) -> bool {
        self.sees(mission) || offered_to.is_some_and(|to| self.sees(to))
    }

    /// Whether cases may be looked for by a person's name: by who works them. Who only takes calls
    /// has no need to.
    #[must_use]
    pub const fn finds_names(&self) -> bool {
        !matches!(self.role, Role::Operator | Role::Wall)
    }

    /// Whether another's case may be acted on without taking it over.
    #[must_use]
    pub const fn supervises(&self) -> bool {
        matches!(self.role, Role::Supervisor | Role::Administrator)
    }
}
