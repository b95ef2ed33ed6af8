//! `lanner.v1.AnalysisService`: each method checks its request, reads the journal and converts.
//!
//! Handlers hold no state between calls and read nothing but the journal, through its readers' threads. What they do with
//! what was read, on the thread that serves, is bounded by the page.

mod explain;
mod get;
mod list;
mod report;
mod route;
mod status;
mod tuning;

pub use route::Routed;
pub use status::{Report, SourceReport, StatusSource};

use super::proto::{self, analysis_service_server::AnalysisService};
use super::readers::Readers;
use super::watch::Watches;
use crate::dedup::GroupId;
use crate::journal::Journal;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

/// The service.
#[derive(Clone)]
pub struct Service {
    journal: Journal,
    readers: Readers,
    watches: Watches,
    dedup: Arc<crate::dedup::Settings>,
    status: StatusSource,
    /// Held while an exception is tried on all alerts: one at a time, so that others can read too.
    tunings: Arc<Semaphore>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("watches", &self.watches).finish_non_exhaustive()
    }
}

impl Service {
    /// Serves this journal.
    pub fn new(
        journal: Journal,
        readers: Readers,
        watches: Watches,
        dedup: crate::dedup::Settings,
        status: StatusSource,
    ) -> Self {
        Self { journal, readers, watches, dedup: Arc::new(dedup), status, tunings: Arc::new(Semaphore::new(1)) }
    }

    /// Who follows.
    pub fn watches(&self) -> &Watches {
        &self.watches
    }
}

/// Reads a request's group id.
fn group_id(text: &str) -> Result<GroupId, Status> {
    text.parse().map_err(|error| Status::invalid_argument(format!("`group_id`: {error}")))
}

fn not_kept(group: GroupId) -> Status {
    Status::not_found(format!("no analysis of the group {group} is kept"))
}

#[tonic::async_trait]
impl AnalysisService for Service {
    type WatchAnalysesStream = Pin<Box<dyn Stream<Item = Result<proto::WatchAnalysesResponse, Status>> + Send>>;

    /// For callers in this process. Over the network [`Routed`] answers, with the encoded messages shared.
    async fn watch_analyses(
        &self,
        request: Request<proto::WatchAnalysesRequest>,
    ) -> Result<Response<Self::WatchAnalysesStream>, Status> {
        let frames = self.watches.start(request.get_ref(), None)?;
        let messages = frames.map(|frame| frame?.into_message().map_err(|error| Status::internal(error.to_string())));
        Ok(Response::new(Box::pin(messages)))
    }

    async fn list_analyses(
        &self,
        request: Request<proto::ListAnalysesRequest>,
    ) -> Result<Response<proto::ListAnalysesResponse>, Status> {
        self.list_groups(request.into_inner()).await.map(Response::new)
    }

    async fn get_analysis(
        &self,
        request: Request<proto::GetAnalysisRequest>,
    ) -> Result<Response<proto::GetAnalysisResponse>, Status> {
        let request = request.into_inner();
        let found = self.find(group_id(&request.group_id)?, request.revision).await?;
        let analysis = Some(super::convert::analysis(Arc::unwrap_or_clone(found.analysis)));
        Ok(Response::new(proto::GetAnalysisResponse { analysis }))
    }

    async fn list_alerts(
        &self,
        request: Request<proto::ListAlertsRequest>,
    ) -> Result<Response<proto::ListAlertsResponse>, Status> {
        self.list_members(request.into_inner()).await.map(Response::new)
    }

    async fn get_report(
        &self,
        request: Request<proto::GetReportRequest>,
    ) -> Result<Response<proto::GetReportResponse>, Status> {
        self.report(request.into_inner()).await.map(Response::new)
    }

    async fn get_tuning(
        &self,
        request: Request<proto::GetTuningRequest>,
    ) -> Result<Response<proto::GetTuningResponse>, Status> {
        self.tuning(request.into_inner()).await.map(Response::new)
    }

    async fn explain_grouping(
        &self,
        request: Request<proto::ExplainGroupingRequest>,
    ) -> Result<Response<proto::ExplainGroupingResponse>, Status> {
        self.explain(request.into_inner()).await.map(Response::new)
    }

    async fn get_status(
        &self,
        _: Request<proto::GetStatusRequest>,
    ) -> Result<Response<proto::GetStatusResponse>, Status> {
        Ok(Response::new(self.now()))
    }
}
