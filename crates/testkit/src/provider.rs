//! A provider of identities on this machine, for tests: OpenID Connect with a key made when it starts, and with every flaw
//! that a client must notice.

use app::ports::Clock;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// Under which name the provider knows the client.
pub const CLIENT: &str = "mingqu";
/// And by which secret; its characters have to be encoded.
pub const SECRET: &str = "a secret: 100% & more";

/// What a provider does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// The token belongs to another sign-in.
    Nonce,
    /// The token belongs to none.
    NoNonce,
    /// The token is for another client.
    Audience,
    /// The token is for two clients, and another one asked for it.
    Authorized,
    /// The token is of another issuer.
    Issuer,
    /// The token lists its issuer among others.
    Issuers,
    /// The token expired two minutes ago.
    Expired,
    /// The token never expires.
    Eternal,
    /// The token is of tomorrow.
    Tomorrow,
    /// The token is of yesterday, and still holds.
    Yesterday,
    /// The signature is of another key.
    Signature,
    /// What is signed was changed afterwards.
    Tampered,
    /// No signature: `alg` is `none`.
    Unsigned,
    /// Signed with the client's own secret, as anybody could who knows the public key.
    Symmetric,
    /// The token names nobody.
    Nobody,
    /// The token names a key that the provider does not have.
    UnknownKey,
    /// The answer is longer than anybody would read.
    Endless,
    /// The place where codes are redeemed sends on to another one.
    Redirecting,
    /// It fails.
    Failing,
    /// The browser is sent back in the name of another provider.
    MixUp,
    /// The browser is sent back in nobody's name, though it says that it names itself.
    Nameless,
    /// It declines.
    Declining,
    /// It calls itself by another name.
    OtherName,
    /// It does not know the digest that protects the code.
    NoDigest,
}

struct Inside {
    flaw: Flaw,
    subject: String,
    key: EcdsaKeyPair,
    key_id: u32,
    codes: BTreeMap<String, Code>,
    issued: u32,
    redeemed: u32,
    asked_for_keys: u32,
}

#[derive(Clone)]
struct Code {
    back: String,
    challenge: String,
    nonce: String,
}

struct Shared {
    issuer: String,
    clock: Arc<dyn Clock>,
    inside: Mutex<Inside>,
}

/// A provider that listens on this machine as long as the runtime of the test.
pub struct TestProvider(Arc<Shared>);

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
        .expect("a running system gives random bytes");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref(), &random)
        .expect("made just now")
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn fields(text: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

impl TestProvider {
    /// A provider without flaws, who knows one person. Times in its tokens are those of the clock.
    ///
    /// # Panics
    ///
    /// When there is no free port.
    pub async fn start(clock: Arc<dyn Clock>) -> TestProvider {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let shared = Arc::new(Shared {
            issuer: format!("http://{address}"),
            clock,
            inside: Mutex::new(Inside {
                flaw: Flaw::None,
                subject: "330106-0001".to_owned(),
                key: new_key(),
                key_id: 1,
                codes: BTreeMap::new(),
                issued: 0,
                redeemed: 0,
                asked_for_keys: 0,
            }),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/elsewhere", post(elsewhere))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        TestProvider(shared)
    }

    /// How it names itself.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// From now on it does this wrong.
    pub fn does(&self, flaw: Flaw) {
        self.0.inside().flaw = flaw;
    }

    /// From now on this person sits before the browser.
    pub fn is_asked_by(&self, subject: &str) {
        subject.clone_into(&mut self.0.inside().subject);
    }

    /// From now on it signs with another key.
    pub fn changes_its_key(&self) {
        let mut inside = self.0.inside();
        inside.key = new_key();
        inside.key_id += 1;
    }

    /// How many codes were redeemed.
    pub fn redeemed(&self) -> u32 {
        self.0.inside().redeemed
    }

    /// How often its keys were asked for.
    pub fn asked_for_keys(&self) -> u32 {
        self.0.inside().asked_for_keys
    }

    /// What a browser that is sent to this address is answered once the person has consented: where it goes next.
    ///
    /// # Panics
    ///
    /// When the address is none of ours, or lacks what a client must send.
    pub fn consents(&self, address: &str) -> String {
        let query = address
            .strip_prefix(&format!("{}/authorize?", self.0.issuer))
            .unwrap_or_else(|| panic!("{address} is not ours"));
        self.0
            .consent(&fields(query))
            .unwrap_or_else(|lacks| panic!("{lacks}: {address}"))
    }
}

impl Shared {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn consent(&self, asked: &BTreeMap<String, String>) -> Result<String, &'static str> {
        let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("code_challenge_method", "S256"),
            ("scope", "openid"),
        ] {
            if of(name) != value {
                return Err(name);
            }
        }
        for name in ["state", "nonce", "code_challenge", "redirect_uri"] {
            if of(name).len() < 16 {
                return Err(name);
            }
        }
        let mut inside = self.inside();
        inside.issued += 1;
        let code = format!("code-{}", inside.issued);
        let mut back = form_urlencoded::Serializer::new(String::new());
        if inside.flaw == Flaw::Declining {
            back.append_pair("error", "access_denied")
                .append_pair("error_description", "本人<b>没有同意</b>");
        } else {
            back.append_pair("code", &code);
        }
        back.append_pair("state", &of("state"));
        match inside.flaw {
            Flaw::MixUp => {
                back.append_pair("iss", "https://other.example");
            }
            Flaw::Nameless => {}
            _ => {
                back.append_pair("iss", &self.issuer);
            }
        }
        let kept = Code {
            back: of("redirect_uri"),
            challenge: of("code_challenge"),
            nonce: of("nonce"),
        };
        inside.codes.insert(code, kept);
        Ok(format!("{}?{}", of("redirect_uri"), back.finish()))
    }

    /// Redeems a code once, for the client that shows its secret and what the code was protected by.
    fn redeem(
        &self,
        headers: &HeaderMap,
        form: &str,
    ) -> Result<String, (StatusCode, &'static str)> {
        let form = fields(form);
        let of = |name: &str| form.get(name).map_or("", String::as_str);
        let escape =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let login = format!("{}:{}", escape(CLIENT), escape(SECRET));
        let login = format!("Basic {}", STANDARD.encode(login));
        let shown = headers.get(header::AUTHORIZATION);
        if shown.and_then(|it| it.to_str().ok()) != Some(&login) {
            return Err((StatusCode::UNAUTHORIZED, "invalid_client"));
        }
        let mut inside = self.inside();
        let code = inside.codes.remove(of("code"));
        let fits = |code: &Code| {
            code.challenge == encoded(Sha256::digest(of("code_verifier")))
                && code.back == of("redirect_uri")
                && of("grant_type") == "authorization_code"
        };
        let code = code
            .filter(fits)
            .ok_or((StatusCode::BAD_REQUEST, "invalid_grant"))?;
        inside.redeemed += 1;
        Ok(inside.token(&self.issuer, &code.nonce, self.clock.now().as_second()))
    }
}

impl Inside {
    fn token(&self, issuer: &str, nonce: &str, now: i64) -> String {
        let day = 24 * 60 * 60;
        let mut claims = json!({
            "iss": issuer, "sub": self.subject, "aud": CLIENT, "nonce": nonce,
            "iat": now, "exp": now + 300,
        });
        let mut set = |name: &str, value: Value| claims[name] = value;
        match self.flaw {
            Flaw::Nonce => set("nonce", "another".into()),
            Flaw::NoNonce => set("nonce", Value::Null),
            Flaw::Audience => set("aud", "another".into()),
            Flaw::Authorized => {
                set("aud", json!([CLIENT, "another"]));
                set("azp", "another".into());
            }
            Flaw::Issuer => set("iss", "https://other.example".into()),
            Flaw::Issuers => set("iss", json!([issuer, "https://other.example"])),
            Flaw::Expired => {
                set("iat", (now - 420).into());
                set("exp", (now - 120).into());
            }
            Flaw::Eternal => set("exp", Value::Null),
            Flaw::Tomorrow => set("iat", (now + day).into()),
            Flaw::Yesterday => {
                set("iat", (now - day).into());
                set("exp", (now + day).into());
            }
            Flaw::Nobody => set("sub", "".into()),
            _ => {}
        }
        let key_id = match self.flaw {
            Flaw::UnknownKey => "another".to_owned(),
            _ => self.key_id.to_string(),
        };
        let algorithm = match self.flaw {
            Flaw::Unsigned => "none",
            Flaw::Symmetric => "HS256",
            _ => "ES256",
        };
        let head = json!({ "alg": algorithm, "typ": "JWT", "kid": key_id });
        let message = format!(
            "{}.{}",
            encoded(head.to_string()),
            encoded(claims.to_string())
        );
        let random = SystemRandom::new();
        let signed = |key: &EcdsaKeyPair| {
            let signature = key.sign(&random, message.as_bytes());
            encoded(signature.expect("a running system gives random bytes"))
        };
        match self.flaw {
            Flaw::Unsigned => format!("{message}."),
            Flaw::Symmetric => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
                let signature = ring::hmac::sign(&key, message.as_bytes());
                format!("{message}.{}", encoded(signature))
            }
            Flaw::Signature => format!("{message}.{}", signed(&new_key())),
            Flaw::Tampered => {
                claims["sub"] = "330106-0002".into();
                let head = encoded(head.to_string());
                format!(
                    "{head}.{}.{}",
                    encoded(claims.to_string()),
                    signed(&self.key)
                )
            }
            _ => format!("{message}.{}", signed(&self.key)),
        }
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, body.to_string()).into_response()
}

async fn metadata(State(shared): State<Arc<Shared>>) -> Response {
    let flaw = shared.inside().flaw;
    let issuer = &shared.issuer;
    if flaw == Flaw::Failing {
        return answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({}));
    }
    let said = match flaw {
        Flaw::OtherName => "https://other.example",
        _ => issuer,
    };
    let digest = match flaw {
        Flaw::NoDigest => "plain",
        _ => "S256",
    };
    let told = json!({
        "issuer": said,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": [digest],
        "authorization_response_iss_parameter_supported": true,
    });
    answer(StatusCode::OK, &told)
}

async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    let mut inside = shared.inside();
    inside.asked_for_keys += 1;
    // An uncompressed point: 4, then both coordinates.
    let point = inside.key.public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    let key = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
        "kid": inside.key_id.to_string(), "x": encoded(x), "y": encoded(y),
    });
    answer(StatusCode::OK, &json!({ "keys": [key] }))
}

async fn authorize(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    match shared.consent(&fields(&query.unwrap_or_default())) {
        Ok(back) => Redirect::to(&back).into_response(),
        Err(lacks) => (StatusCode::BAD_REQUEST, lacks).into_response(),
    }
}

async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let flaw = shared.inside().flaw;
    match flaw {
        Flaw::Failing => return answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({})),
        Flaw::Redirecting => return Redirect::temporary("/elsewhere").into_response(),
        Flaw::Endless => return answer(StatusCode::OK, &json!({ "more": "x".repeat(1 << 20) })),
        _ => {}
    }
    redeemed(&shared, &headers, &body)
}

/// Where the code must not be taken to.
async fn elsewhere(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    redeemed(&shared, &headers, &body)
}

fn redeemed(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Response {
    let form = String::from_utf8_lossy(body);
    match shared.redeem(headers, &form) {
        Ok(token) => {
            let body = json!({
                "id_token": token, "access_token": "unused", "token_type": "Bearer",
            });
            answer(StatusCode::OK, &body)
        }
        Err((status, error)) => answer(status, &json!({ "error": error })),
    }
}
