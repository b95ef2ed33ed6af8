//! Every row of the tables does what it says.

use super::fields::{Class, classify, examples};
use super::testing::{alert, same};
use super::{parents, spellings};

/// Two values of a field are one group, or not; and whether the field may be absent.
fn check(field: &str, a: &str, b: &str, folds: bool, absent: bool) {
    let with = |value: &str| alert(&[(field, value)]);
    assert_eq!(same(&with(a), &with(b)), folds, "{field}: {a} and {b}");
    assert_eq!(same(&with(a), &with("<NA>")), absent, "{field}: {a} and none");
    assert!(same(&with(a), &with(a)), "{field}");
}

#[test]
fn every_field_counts_as_its_row_says() {
    for (field, class) in examples() {
        assert_eq!(classify(&field).0, class, "{field}");
        let field = field.as_str();
        match class {
            Class::Volatile | Class::Shown => check(field, "1", "two", true, true),
            Class::Late(_) | Class::Parent(_) => check(field, "one", "two", false, true),
            // A container's full id adds to the short one.
            Class::Place => check(field, "285304d1bba4", "385304d1bba4", false, false),
            Class::Identity | Class::Port => check(field, "443", "444", false, false),
            Class::Command => {
                check(field, "sh -c  id x", "sh -c id 'x'", true, false);
                check(field, "sh -c id", "sh -c id -u", false, false);
            }
            Class::Arguments => check(field, "-c who", "-c uptime", false, false),
            Class::Path | Class::Target => {
                check(field, "/tmp/a-qX7fLm2P", "/tmp/a-aZ3kQ9xB", true, false);
                check(field, "/tmp/a-qX7fLm2P", "/tmp/b-qX7fLm2P", false, false);
            }
            Class::Directory => check(field, "/srv/", "/root/", false, false),
            Class::Call => check(field, "open", "openat", true, false),
            Class::Outcome => check(field, "EACCES", "SUCCESS", true, false),
            Class::Flags => check(field, "EXE_WRITABLE", "EXE_LOWER_LAYER", true, false),
            Class::Terminal => check(field, "34816", "34817", true, false),
            Class::Pid => {
                check(field, "4711", "4712", true, true);
                check(field, "4711", "1", false, true);
            }
            Class::Descriptor => {
                check(field, "3", "4", true, true);
                check(field, "3(<f>/x)", "4(<f>/x)", true, false);
                check(field, "3(<f>/x)", "3(<f>/y)", false, false);
            }
            Class::CallArguments => check(field, "fd=3(<f>/x)", "fd=4(<f>/x)", true, false),
        }
    }
}

#[test]
fn every_runtime_is_a_wildcard_where_runtimes_are_installed_only() {
    for (name, _) in parents::RUNTIMES {
        for place in parents::INSTALLED {
            assert!(parents::is_wild(&format!("{place}{name}"), 1), "{place}{name}");
        }
        assert!(parents::is_wild(name, 1));
        for place in ["/tmp/", "/dev/shm/", "/home/x/", "/var/lib/", "./"] {
            assert!(!parents::is_wild(&format!("{place}{name}"), 1), "{place}{name}");
        }
    }
}

#[test]
fn every_spelling_of_a_call_is_that_call_and_no_other() {
    for (one, call, _) in spellings::CALLS {
        for (other, another, _) in spellings::CALLS {
            let [a, b] = [one, other].map(|name| alert(&[("evt.type", name)]));
            assert_eq!(same(&a, &b), call == another, "{one} and {other}");
        }
    }
}
