//! Operations by number, so that counts of them lie in arrays.

use strongroom_api::query::QueryService;
use strongroom_api::{iam, operation as kms, sts};

/// The operations of a service in the order of their numbers.
struct Numbered {
    service: &'static str,
    names: &'static [&'static str],
}

/// The services in the order of their numbers; number 0 is no operation.
static SERVICES: [Numbered; 3] = [
    Numbered { service: "kms", names: &kms::NAMES },
    Numbered { service: "iam", names: &iam::operation::NAMES },
    Numbered { service: "sts", names: &sts::operation::NAMES },
];

const IAM_BASE: usize = 1 + kms::NAMES.len();
const STS_BASE: usize = IAM_BASE + iam::operation::NAMES.len();

/// How many numbers there are.
pub(super) const OPERATIONS: usize = STS_BASE + sts::operation::NAMES.len();

/// The number of an operation of the model, or that of no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationNumber(u16);

impl OperationNumber {
    /// Of a request that names no operation.
    pub const NONE: Self = Self(0);

    /// Of the operation at a place in the list of KMS's.
    pub(crate) const fn kms(place: usize) -> Self {
        Self(1 + place as u16)
    }

    /// Of an operation of IAM or STS; that of no operation if there is none of that name.
    pub(crate) const fn query(service: QueryService, name: &str) -> Self {
        let (base, names): (usize, &[&str]) = match service {
            QueryService::Iam => (IAM_BASE, &iam::operation::NAMES),
            QueryService::Sts => (STS_BASE, &sts::operation::NAMES),
        };
        let mut place = 0;
        while place < names.len() {
            if equal(names[place], name) {
                return Self((base + place) as u16);
            }
            place += 1;
        }
        Self::NONE
    }

    /// The operation's name.
    pub(crate) fn name(self) -> &'static str {
        all().nth(self.index()).map_or("none", |(_, name)| name)
    }

    /// The service whose operation it is: `kms`, `iam` or `sts`.
    pub(crate) fn service(self) -> &'static str {
        all().nth(self.index()).map_or("none", |(service, _)| service)
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether two texts are equal; `==` cannot be asked in a constant.
const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Every number with service and name; no operation is `none` of `none`.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let operations = SERVICES.iter().flat_map(|of| of.names.iter().map(move |name| (of.service, *name)));
    std::iter::once(("none", "none")).chain(operations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_the_number_of_its_place() {
        let all: Vec<(&str, &str)> = all().collect();
        assert_eq!(all.len(), OPERATIONS);
        for (place, name) in kms::NAMES.iter().enumerate() {
            assert_eq!(all[OperationNumber::kms(place).index()], ("kms", *name));
        }
        for name in iam::operation::NAMES {
            assert_eq!(all[OperationNumber::query(QueryService::Iam, name).index()], ("iam", name));
        }
        for name in sts::operation::NAMES {
            assert_eq!(all[OperationNumber::query(QueryService::Sts, name).index()], ("sts", name));
        }
        assert_eq!(OperationNumber::query(QueryService::Sts, "CreateUser"), OperationNumber::NONE);
    }
}
