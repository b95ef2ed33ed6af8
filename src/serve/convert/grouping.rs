//! Why two alerts are one group, or two.

use crate::dedup::{Difference, Explanation};
use crate::serve::proto;

/// The explanation as a message.
pub fn grouping(explanation: &Explanation) -> proto::ExplainGroupingResponse {
    proto::ExplainGroupingResponse { same: explanation.same, reasons: explanation.reasons.iter().map(reason).collect() }
}

fn reason(difference: &Difference) -> proto::GroupingReason {
    proto::GroupingReason {
        field: difference.field.clone(),
        rule: difference.rule.to_owned(),
        value: difference.value_a.clone().unwrap_or_default(),
        other_value: difference.value_b.clone().unwrap_or_default(),
        splits: difference.splits,
    }
}
