//! First of all: which request is this, who says so, and can it be read in one way only?

use super::{context::Context, downstream::Downstream};
use agw_core::{
    framing::{self, Decoded},
    hop_by_hop,
};
use http::{Version, header::UPGRADE};
use pingora_error::Result;

/// Names the request, finds out where it came from, and checks a head that came over HTTP/2. One that came over HTTP/1 was
/// checked as it arrived, before the engine got it.
pub(super) fn begin(session: &mut impl Downstream, ctx: &mut Context) -> Result<()> {
    let request = session.request();
    if !ctx.decided {
        ctx.trace_from(&request.headers);
        ctx.way_from(&request.headers);
    }
    if request.version == Version::HTTP_2 {
        let checked = framing::check_decoded(&Decoded {
            method: request.method.as_str(),
            scheme: request.uri.scheme_str(),
            authority: request.uri.authority().map(http::uri::Authority::as_str),
            path: request.raw_path(),
            headers: &request.headers,
        });
        return checked.map_err(|refusal| ctx.refuse(refusal));
    }
    // An upgrade that is not served is a plain request, for all who look at it from here on.
    if request.headers.contains_key(UPGRADE)
        && !hop_by_hop::opens_websocket(&request.method, request.version, &request.headers)
    {
        session.request_mut().remove_header(&UPGRADE);
    }
    Ok(())
}
