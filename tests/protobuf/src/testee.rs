//! The suite's protocol: a message after its length of four bytes, in both directions.

use std::io::{self, Read, Write};

use connector::proto::{Message, skip_unknown_names};
use prost::Message as _;

use crate::suite::conformance::conformance_request::Payload;
use crate::suite::conformance::conformance_response::Result as Outcome;
use crate::suite::conformance::{
    ConformanceRequest, ConformanceResponse, FailureSet, TestCategory, WireFormat,
};
use crate::suite::protobuf_test_messages::{proto2, proto3};
use crate::{Run, find};

/// Answers requests until the end of the input.
///
/// # Errors
/// Returns the error of reading or writing, or that a request is not one.
pub fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let mut length = [0; 4];
    loop {
        match input.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            result => result?,
        }
        let mut request = Vec::new();
        input.take(u32::from_le_bytes(length).into()).read_to_end(&mut request)?;
        let request = ConformanceRequest::decode(&*request).map_err(io::Error::other)?;
        let response = ConformanceResponse { result: Some(answer(request)) }.encode_to_vec();
        let length = u32::try_from(response.len()).map_err(io::Error::other)?;
        output.write_all(&length.to_le_bytes())?;
        output.write_all(&response)?;
        output.flush()?;
    }
}

fn answer(request: ConformanceRequest) -> Outcome {
    let name = request.message_type.clone();
    let run = Convert { request };
    match &*name {
        "conformance.FailureSet" => Outcome::ProtobufPayload(FailureSet::default().encode_to_vec()),
        "protobuf_test_messages.proto2.TestAllTypesProto2" => {
            run.run::<proto2::TestAllTypesProto2>()
        }
        "protobuf_test_messages.proto3.TestAllTypesProto3" => {
            run.run::<proto3::TestAllTypesProto3>()
        }
        _ => find(&name, run)
            .unwrap_or_else(|| Outcome::Skipped(format!("the message `{name}` is not known"))),
    }
}

/// Reads a message in one format, and writes it in another.
struct Convert {
    request: ConformanceRequest,
}

impl Run for Convert {
    type Output = Outcome;

    fn run<M: Message>(self) -> Outcome {
        let skips = self.request.test_category() == TestCategory::JsonIgnoreUnknownParsingTest;
        let output = self.request.requested_output_format();
        let read: Result<M, String> = match self.request.payload {
            Some(Payload::ProtobufPayload(bytes)) => {
                M::decode(&*bytes).map_err(|error| error.to_string())
            }
            Some(Payload::JsonPayload(text)) => {
                let read = || serde_json::from_str(&text).map_err(|error| error.to_string());
                if skips { skip_unknown_names(read) } else { read() }
            }
            _ => return Outcome::Skipped("it has neither protobuf nor JSON".to_owned()),
        };
        match (read, output) {
            (Err(error), _) => Outcome::ParseError(error),
            (Ok(message), WireFormat::Protobuf) => {
                Outcome::ProtobufPayload(message.encode_to_vec())
            }
            (Ok(message), WireFormat::Json) => match serde_json::to_string(&message) {
                Ok(text) => Outcome::JsonPayload(text),
                Err(error) => Outcome::SerializeError(error.to_string()),
            },
            (Ok(_), other) => Outcome::Skipped(format!("{other:?} is not written")),
        }
    }
}
