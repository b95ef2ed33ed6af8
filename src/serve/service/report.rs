//! An analysis as a report to read.

use super::{Service, group_id};
use crate::report::{Format, render};
use crate::serve::proto;
use tonic::Status;

impl Service {
    pub(super) async fn report(&self, request: proto::GetReportRequest) -> Result<proto::GetReportResponse, Status> {
        let format = format(request.format)?;
        let found = self.find(group_id(&request.group_id)?, request.revision).await?;
        let report = render(&found.analysis, format);
        Ok(proto::GetReportResponse { report, media_type: format.media_type().to_owned() })
    }
}

fn format(number: i32) -> Result<Format, Status> {
    match proto::ReportFormat::try_from(number) {
        Ok(proto::ReportFormat::Unspecified | proto::ReportFormat::Markdown) => Ok(Format::Markdown),
        Ok(proto::ReportFormat::Html) => Ok(Format::Html),
        Ok(proto::ReportFormat::Text) => Ok(Format::Text),
        Err(_) => Err(Status::invalid_argument(format!("`format`: {number} is no ReportFormat"))),
    }
}
