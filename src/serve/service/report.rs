//! An analysis as a report to read.

use super::Service;
use crate::serve::proto;
use tonic::Status;

impl Service {
    pub(super) async fn report(&self, request: proto::GetReportRequest) -> Result<proto::GetReportResponse, Status> {
        let _ = self.find(super::group_id(&request.group_id)?, request.revision).await?;
        Err(Status::unimplemented("this build renders no reports"))
    }

    pub(super) async fn tuning(&self, request: proto::GetTuningRequest) -> Result<proto::GetTuningResponse, Status> {
        let _ = self.find(super::group_id(&request.group_id)?, 0).await?;
        Err(Status::unimplemented("this build tries no exceptions"))
    }
}
