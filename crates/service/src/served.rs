//! What the line needs of an operation, whatever protocol carries it.

use crate::call::Call;
use crate::encode;
use crate::fault::{Fault, WireError};
use crate::iam::QueryBehaviour;
use crate::ops::{Behaviour, Plane};
use crate::query;
use crate::received::{Received, Response};
use serde::Serialize;
use std::marker::PhantomData;
use strongroom_api::query::{Form, answer};
use strongroom_audit::Json;
use strongroom_types::RequestId;

/// An operation with its protocol.
pub(crate) trait Served: 'static {
    /// Its name, as records give it.
    const NAME: &'static str;
    /// How it is treated.
    const PLANE: Plane;
    /// Whether one signature is good for it once only, where replays are refused.
    const ONCE: bool;
    /// What a request holds; serialised it is what the record may tell of it.
    type Input: Serialize + Send + Sync;
    /// What an answer holds.
    type Output: Send;

    /// Reads and checks the request.
    fn decode(received: &Received<'_>) -> Result<Self::Input, Fault>;

    /// What the record tells of a request, and of one that was refused.
    fn told(input: &Self::Input, _refused: bool) -> Option<Json> {
        Json::new(input).ok()
    }

    /// Decides and performs.
    fn answer(
        call: &Call<'_>,
        input: &Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Fault>> + Send;

    /// The answer as bytes.
    fn output(output: &Self::Output, request: RequestId) -> Response;

    /// A refusal as bytes.
    fn fault(fault: &Fault, request: RequestId) -> Response;

    /// A refusal as records tell it.
    fn wire(fault: &Fault) -> WireError;
}

/// An operation of the KMS API, in JSON.
pub(crate) struct Kms<O>(PhantomData<O>);

impl<O: Behaviour> Served for Kms<O> {
    const NAME: &'static str = O::NAME;
    const PLANE: Plane = O::PLANE;
    const ONCE: bool = O::PLANE.changes();
    type Input = O::Input;
    type Output = O::Output;

    fn decode(received: &Received<'_>) -> Result<O::Input, Fault> {
        let mut input = O::decode(received.body)?;
        O::complete(&mut input);
        Ok(input)
    }

    fn told(input: &O::Input, refused: bool) -> Option<Json> {
        O::told(input, refused)
    }

    fn answer(call: &Call<'_>, input: &O::Input) -> impl Future<Output = Result<O::Output, Fault>> + Send {
        O::answer(call, input)
    }

    fn output(output: &O::Output, _: RequestId) -> Response {
        encode::output(output)
    }

    fn fault(fault: &Fault, _: RequestId) -> Response {
        encode::fault(fault, O::ERRORS)
    }

    fn wire(fault: &Fault) -> WireError {
        fault.wire(O::ERRORS)
    }
}

/// An operation of IAM or STS: a form in, XML out.
pub(crate) struct Query<O>(PhantomData<O>);

impl<O: QueryBehaviour> Served for Query<O> {
    const NAME: &'static str = O::NAME;
    const PLANE: Plane = O::PLANE;
    const ONCE: bool = O::MAKES_SESSION || O::PLANE.changes();
    type Input = O::Input;
    type Output = O::Output;

    fn decode(received: &Received<'_>) -> Result<O::Input, Fault> {
        Ok(O::decode(&Form::parse(query::form(received))?)?)
    }

    fn answer(call: &Call<'_>, input: &O::Input) -> impl Future<Output = Result<O::Output, Fault>> + Send {
        <O as QueryBehaviour>::answer(call, input)
    }

    fn output(output: &O::Output, request: RequestId) -> Response {
        query::xml(200, None, answer::<O>(output, &request.to_string()))
    }

    fn fault(fault: &Fault, request: RequestId) -> Response {
        query::fault(O::SERVICE, fault, request)
    }

    fn wire(fault: &Fault) -> WireError {
        query::wire(fault)
    }
}
