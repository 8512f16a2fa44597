//! What a case is about and how bad it is: kind, priority, signs and needs.
//!
//! The words are those of the consular field and of the International Labour Organization; nothing
//! here decides, it only names. A priority may be raised by a rule and lowered only by a person.

use super::words::vocabulary;

vocabulary! {
    /// The six kinds of case the service knows; a mere question has none.
    Kind {
        /// Abuse, exploitation, confinement, unpaid wages, a withheld passport, abandonment.
        Distress = "distress",
        /// Illness or injury.
        Medical = "medical",
        /// Arrest, prison, a deportation centre.
        Detention = "detention",
        /// A passport or other document that is gone.
        LostDocuments = "lost_documents",
        /// Somebody who cannot be found or reached.
        MissingPerson = "missing_person",
        /// Somebody has died.
        Death = "death",
    }
}

vocabulary! {
    /// How bad it is. The order is the order of the queue: the smallest is served first.
    Priority {
        /// Life in danger now.
        Critical = "critical",
        /// Violence, confinement, detention, medical, missing, death.
        Urgent = "urgent",
        /// Wages or documents withheld, stranded, contract.
        Serious = "serious",
        /// Information, registration, documents.
        Routine = "routine",
    }
}

impl Priority {
    /// Place in the queue, 0 (critical) to 3 (routine); the same number is stored.
    #[must_use]
    pub const fn rank(self) -> i16 {
        match self {
            Self::Critical => 0,
            Self::Urgent => 1,
            Self::Serious => 2,
            Self::Routine => 3,
        }
    }

    /// The priority with this rank.
    #[must_use]
    pub const fn from_rank(rank: i16) -> Option<Self> {
        match rank {
            0 => Some(Self::Critical),
            1 => Some(Self::Urgent),
            2 => Some(Self::Serious),
            3 => Some(Self::Routine),
            _ => None,
        }
    }

    /// The worse of the two: what a rule may do to a priority, and all it may do.
    #[must_use]
    pub fn raised_to(self, other: Self) -> Self {
        self.min(other)
    }
}

vocabulary! {
    /// The eleven signs of forced labour of the International Labour Organization
    /// (ILO Indicators of Forced Labour, 2012). One may suffice.
    Sign {
        /// Abuse of vulnerability.
        Vulnerability = "vulnerability",
        /// Deception about the work, the pay or the place.
        Deception = "deception",
        /// Restriction of movement.
        Movement = "movement",
        /// Isolation.
        Isolation = "isolation",
        /// Physical and sexual violence.
        Violence = "violence",
        /// Intimidation and threats.
        Threats = "threats",
        /// Retention of identity documents.
        Documents = "documents",
        /// Withholding of wages.
        Wages = "wages",
        /// Debt bondage.
        Debt = "debt",
        /// Abusive working and living conditions.
        Conditions = "conditions",
        /// Excessive overtime.
        Overtime = "overtime",
    }
}

vocabulary! {
    /// What a person needs, as far as the words tell.
    Need {
        /// Something to eat.
        Food = "food",
        /// Something to drink.
        Water = "water",
        /// A roof, a safe house.
        Shelter = "shelter",
        /// A medicine or treatment.
        Medicine = "medicine",
        /// Money.
        Money = "money",
        /// A ticket, a way home.
        Travel = "travel",
        /// A lawyer, an interpreter, a visit.
        Legal = "legal",
        /// To be brought out.
        Rescue = "rescue",
    }
}

vocabulary! {
    /// Whom the report is about, seen from who wrote it.
    ForWhom {
        /// The writer.
        Myself = "self",
        /// Somebody else: a relative, friend, colleague or bystander writes.
        Other = "other",
    }
}

vocabulary! {
    /// The language of a message, as far as the service answers in it.
    Lang {
        /// English.
        English = "en",
        /// Swahili, Sheng included.
        Swahili = "sw",
        /// Arabic in Arabic script.
        Arabic = "ar",
        /// Swahili and English in one message.
        SwahiliEnglish = "sw-en",
        /// Arabic and English in one message.
        ArabicEnglish = "ar-en",
        /// Arabic in Latin letters.
        Arabizi = "arabizi",
        /// Any other language.
        Other = "other",
    }
}

impl Lang {
    /// The language we answer in. A mixed message is answered in its more local half, since who
    /// mixes in English may not read it well; an unknown language is answered in English.
    #[must_use]
    pub const fn answer(self) -> Self {
        match self {
            Self::Swahili | Self::SwahiliEnglish => Self::Swahili,
            Self::Arabic | Self::ArabicEnglish => Self::Arabic,
            Self::Arabizi | Self::English | Self::Other => Self::English,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_as_what_it_names() {
        for priority in Priority::ALL {
            assert_eq!(priority.as_str().parse(), Ok(*priority));
            assert_eq!(Priority::from_rank(priority.rank()), Some(*priority));
        }
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn a_priority_can_be_raised_and_never_lowered_by_a_rule() {
        assert_eq!(
            Priority::Serious.raised_to(Priority::Critical),
            Priority::Critical
        );
        assert_eq!(
            Priority::Critical.raised_to(Priority::Routine),
            Priority::Critical
        );
    }

    #[test]
    fn an_unknown_word_is_told_which_words_exist() {
        let error = "dire".parse::<Priority>().expect_err("not a priority");
        assert_eq!(
            error.to_string(),
            "must be one of: critical, urgent, serious, routine"
        );
    }
}
