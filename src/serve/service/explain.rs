//! Why two alerts are one group, or are not.

use super::Service;
use crate::dedup;
use crate::journal::StoredAlert;
use crate::serve::{convert, proto};
use tonic::Status;

impl Service {
    pub(super) async fn explain(
        &self,
        request: proto::ExplainGroupingRequest,
    ) -> Result<proto::ExplainGroupingResponse, Status> {
        let one = self.alert("alert_id", &request.alert_id).await?;
        let other = self.alert("other_alert_id", &request.other_alert_id).await?;
        let explanation = dedup::explain(&self.dedup, &one.alert, &one.context, &other.alert, &other.context);
        Ok(convert::grouping(&explanation))
    }

    async fn alert(&self, field: &'static str, text: &str) -> Result<StoredAlert, Status> {
        let id = text.parse().map_err(|error| Status::invalid_argument(format!("`{field}`: {error}")))?;
        let found = self.readers.read(move |reader| reader.alert_by_id(id)).await?;
        found.ok_or_else(|| Status::not_found(format!("the alert {id} is not kept")))
    }
}
