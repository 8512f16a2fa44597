//! Why an act was not done, in words for the responder.

use super::NotAnAgreement;

/// A thing that cannot happen in this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPossible {
    /// Somebody else has the case.
    #[error("somebody else has this case; take it over, with a reason, if that is needed")]
    ClaimedByAnother,
    /// Nobody has the case.
    #[error("nobody has this case; claim it first")]
    NotClaimed,
    /// The case has ended.
    #[error("this case is resolved; reopen it first")]
    Resolved,
    /// The case has not ended.
    #[error("this case is open already")]
    Open,
    /// It is offered already.
    #[error("this case is offered to a mission already; withdraw that first")]
    Offered,
    /// It is not offered.
    #[error("this case is not offered to a mission")]
    NotOffered,
    /// The moment has not come.
    #[error("its clock has not lapsed")]
    NotDue,
}

/// Why an act was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The status does not allow it.
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    /// The agreement cannot be.
    #[error(transparent)]
    NotAnAgreement(#[from] NotAnAgreement),
    /// There is none.
    #[error("no word is agreed on with the person of this case; there is nothing to end")]
    NothingAgreed,
    /// Only its responder may.
    #[error("only who has claimed this case can do that; claim it, or take it over with a reason")]
    NotYours,
    /// She has it already.
    #[error("you have this case already")]
    AlreadyYours,
    /// It has that priority already.
    #[error("this case has that priority already")]
    SamePriority,
    /// It is there already.
    #[error("this case is with that mission already")]
    SameMission,
    /// It is offered to another mission than hers.
    #[error("this case is not offered to your mission")]
    NotOfferedToYou,
    /// It needs another case or a colleague.
    #[error("that is done with another case or a colleague")]
    NotAlone,
    /// A case is not joined to itself.
    #[error("these are the same case")]
    SameCase,
    /// The other one has ended.
    #[error("the other case is resolved; reopen it first")]
    OtherResolved,
    /// The report that opened a case is the case.
    #[error("this report opened the case; split off the others")]
    OpenedIt,
    /// What was joined is parted, not reopened: else the one it was joined to keeps its persons.
    #[error("this case was joined to another; split its report off there and it waits again")]
    Joined,
    /// It is said already.
    #[error("this sign is as you say already")]
    SameSign,
    /// Too many.
    #[error("a case has at most 50 open tasks; finish some first")]
    TooManyTasks,
    /// Too many.
    #[error(
        "this case has twenty files already; keep further ones elsewhere, and write a note where"
    )]
    TooManyFiles,
    /// There is none.
    #[error("this case has no such open task")]
    NoSuchTask,
    /// Only a supervisor may.
    #[error("only a supervisor can put a case into a colleague's hands")]
    NotASupervisor,
    /// The colleague cannot see it.
    #[error("that colleague does not see the cases of this mission")]
    NotSeen,
    /// The colleague has it.
    #[error("that colleague has this case already")]
    AlreadyTheirs,
    /// No missions: an empty database.
    #[error(
        "the missions are not in the database; an administrator must run: msaada missions load"
    )]
    NoMissions,
    /// No policy: the rules in the store are incomplete.
    #[error("there is no policy for this priority; an administrator must load one")]
    NoPolicy,
}
