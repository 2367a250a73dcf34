//! Accounts that are joined to a provider of identities, and signing in there.
//!
//! A provider opens no account and gives no right: it only says that somebody is the one an account was joined to. The
//! holder joins with the password, or the administrator names the subject and somebody in charge confirms it: as with
//! codes, neither can become somebody else alone.

use super::{CONTESTED, IdentityError, Secret, access_denied, digest, field, never};
use crate::access::{self, Actor};
use crate::agency::Duty;
use crate::identity::Began;
use crate::ledger::ReadError;
use crate::notes::Note;
use crate::office::Office;
use crate::provider::{Arrival, Departure, Identity, IdentityProvider, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Which account an identity belongs to: one note for each, so that no identity opens two accounts.
const JOINED: &str = "joined";
/// Somebody who left for the provider.
const DEPARTURE: &str = "departure";
/// Whoever leaves for the provider is back within this time, or begins again.
pub const AWAY: SignedDuration = SignedDuration::from_mins(10);
/// The longest subject (OpenID Connect Core 2).
const SUBJECT_LENGTH_MAX: usize = 255;

/// The identity that an account is joined to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Joined {
    issuer: String,
    subject: String,
    since: Timestamp,
    asked_by: String,
    #[serde(default)]
    confirmed_by: Option<String>,
}

/// The identity that an account is joined to, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedState {
    /// Who, and at which provider.
    pub identity: Identity,
    /// Since when.
    pub since: Timestamp,
    /// Which account asked for it.
    pub asked_by: String,
    /// Which account confirmed it; nobody yet, and then it opens nothing.
    pub confirmed_by: Option<String>,
}

impl Joined {
    fn is(&self, identity: &Identity) -> bool {
        self.issuer == identity.issuer && self.subject == identity.subject
    }

    pub(super) fn is_confirmed(&self) -> bool {
        self.confirmed_by.is_some()
    }

    fn identity(&self) -> Identity {
        Identity {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
        }
    }

    pub(super) fn state(&self) -> JoinedState {
        JoinedState {
            identity: self.identity(),
            since: self.since,
            asked_by: self.asked_by.clone(),
            confirmed_by: self.confirmed_by.clone(),
        }
    }
}

/// What is remembered of somebody who left for the provider.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Away {
    nonce: String,
    verifier: String,
    /// The digest of what the browser keeps: nobody else may come back.
    browser: String,
    errand: Errand,
}

/// Why somebody left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Errand {
    /// To sign in, and then to see this page.
    SignIn {
        /// Which page.
        to: String,
    },
    /// To join the account of the session that has this digest.
    Join {
        /// The account.
        account: String,
        /// The digest of its session.
        session: String,
    },
}

/// Somebody who is about to leave.
pub struct Departed {
    /// Where to.
    pub address: String,
    /// What the browser keeps until it is back.
    pub browser: String,
}

/// What came back with the browser.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Which departure it belongs to.
    pub state: String,
    /// The code to redeem.
    pub code: Option<String>,
    /// Who sent the browser back, where that is said.
    pub issuer: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// What the browser kept.
    pub browser: Option<String>,
    /// The session of the browser.
    pub session: Option<String>,
}

/// How it ended.
pub enum Arrived {
    /// A session has begun.
    SignedIn {
        /// The session.
        began: Began,
        /// The page that was asked for.
        to: String,
    },
    /// The account is joined.
    Joined,
}

/// Why nobody was signed in or joined.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// No departure of this browser: used up, too long ago, or begun elsewhere.
    #[error("这次登录已经失效：超过了{}分钟，已经用过一次，或者不是从这个浏览器开始的。请重新开始。", AWAY.as_mins())]
    Unbound,
    /// The session that asked for it is gone.
    #[error("开始关联时的登录已经退出，没有关联。请重新登录，再到“我的账号”办理。")]
    SessionGone,
    /// The provider knows the person, and no account is joined to that identity.
    #[error("这个身份（{}）没有关联到本系统的账号。", .0.subject)]
    Stranger(Identity),
    /// Joined, and nobody in charge has confirmed it yet.
    #[error("管理员已把这个身份关联到您的账号，还须由负责人在“账号”页确认以后才能登录。")]
    Unconfirmed,
    /// Locked, closed, or its holder is in the register no longer.
    #[error("这个账号现在不能登录：已经停用，或者因连续输错密码被暂时锁定。")]
    Unusable,
    /// The provider did not say who it is.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The rest.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl From<ReadError> for ArrivalError {
    fn from(error: ReadError) -> ArrivalError {
        IdentityError::from(error).into()
    }
}

impl From<serde_json::Error> for ArrivalError {
    fn from(error: serde_json::Error) -> ArrivalError {
        IdentityError::from(error).into()
    }
}

fn address_of(identity: &Identity) -> String {
    digest(&format!("{}\0{}", identity.issuer, identity.subject))
}

impl Office {
    /// Somebody leaves for the provider to sign in there.
    pub async fn leave_to_sign_in(
        &self,
        provider: &dyn IdentityProvider,
        to: &str,
    ) -> Result<Departed, ArrivalError> {
        let errand = Errand::SignIn { to: to.to_owned() };
        self.depart(provider, errand).await
    }

    /// The holder of an account leaves for the provider to join it. The password is asked for again: whoever finds a desk
    /// unattended must not be able to come back later.
    pub async fn leave_to_join(
        &self,
        provider: &dyn IdentityProvider,
        actor: &Actor,
        session: &str,
        password: &str,
    ) -> Result<Departed, ArrivalError> {
        if let Some(joined) = self.account_state(&actor.account).await?.joined
            && joined.confirmed_by.is_some()
        {
            return Err(field("password", "这个账号已经关联，要换的请先取消").into());
        }
        match self.sign_in(&actor.account, password).await {
            Ok(began) => self.sign_out(&began.token).await?,
            Err(IdentityError::Wrong) => return Err(field("password", "密码不对").into()),
            Err(error) => return Err(error.into()),
        }
        let errand = Errand::Join {
            account: actor.account.clone(),
            session: digest(session),
        };
        self.depart(provider, errand).await
    }

    async fn depart(
        &self,
        provider: &dyn IdentityProvider,
        errand: Errand,
    ) -> Result<Departed, ArrivalError> {
        let now = self.ports.clock.now();
        let browser = self.secret_text();
        let departure = Departure {
            state: self.secret_text(),
            nonce: self.secret_text(),
            verifier: self.secret_text(),
        };
        let address = provider.start(&departure, now).await?;
        let owner = match &errand {
            Errand::SignIn { .. } => String::new(),
            Errand::Join { account, .. } => account.clone(),
        };
        let away = Away {
            nonce: departure.nonce,
            verifier: departure.verifier,
            browser: digest(&browser),
            errand,
        };
        let note = Note {
            kind: DEPARTURE.to_owned(),
            id: digest(&departure.state),
            owner,
            until: now + AWAY,
            version: 1,
            body: serde_json::to_string(&away)?,
        };
        if !self.ports.ledger.keep_note(&self.agency, &note).await? {
            return Err(IdentityError::Contested.into());
        }
        Ok(Departed { address, browser })
    }

    /// Somebody is back from the provider. A departure serves once, whatever comes of it.
    pub async fn arrive(
        &self,
        provider: &dyn IdentityProvider,
        answer: &Answer,
    ) -> (Option<Errand>, Result<Arrived, ArrivalError>) {
        let away = match self.take_departure(answer).await {
            Ok(away) => away,
            Err(error) => return (None, Err(error)),
        };
        let errand = away.errand.clone();
        (Some(errand), self.arrive_from(provider, answer, away).await)
    }

    async fn take_departure(&self, answer: &Answer) -> Result<Away, ArrivalError> {
        let now = self.ports.clock.now();
        let (ledger, id) = (&self.ports.ledger, digest(&answer.state));
        let found = ledger.note(&self.agency, DEPARTURE, &id).await?;
        // Of two that come with the same state one removes it.
        let is_first = ledger.remove_note(&self.agency, DEPARTURE, &id).await?;
        let note = found
            .filter(|note| is_first && note.until > now)
            .ok_or(ArrivalError::Unbound)?;
        let away: Away = serde_json::from_str(&note.body)?;
        match &answer.browser {
            Some(browser) if digest(browser) == away.browser => Ok(away),
            _ => Err(ArrivalError::Unbound),
        }
    }

    async fn arrive_from(
        &self,
        provider: &dyn IdentityProvider,
        answer: &Answer,
        away: Away,
    ) -> Result<Arrived, ArrivalError> {
        // An attacker who brings a victim's browser here with a code of their own must not join the victim's account.
        if let Errand::Join { account, session } = &away.errand
            && !self.is_session_of(answer, account, session).await?
        {
            return Err(ArrivalError::SessionGone);
        }
        let code = match (&answer.error, &answer.code) {
            (None, Some(code)) => code.clone(),
            (error, _) => {
                let said = error.clone().unwrap_or_default();
                return Err(ProviderError::Refused(said).into());
            }
        };
        let arrival = Arrival {
            code,
            issuer: answer.issuer.clone(),
            nonce: away.nonce,
            verifier: away.verifier,
        };
        let now = self.ports.clock.now();
        let identity = provider.finish(&arrival, now).await?;
        match away.errand {
            Errand::SignIn { to } => {
                let began = self.sign_in_as(&identity).await?;
                Ok(Arrived::SignedIn { began, to })
            }
            Errand::Join { account, .. } => {
                self.join(&account, &identity, &account, Some(&account))
                    .await?;
                Ok(Arrived::Joined)
            }
        }
    }

    /// Whether the browser that came back still holds the session that asked to be joined.
    async fn is_session_of(
        &self,
        answer: &Answer,
        account: &str,
        session: &str,
    ) -> Result<bool, ArrivalError> {
        let Some(token) = answer.session.as_deref() else {
            return Ok(false);
        };
        let signed = self.signed_in(token).await?;
        Ok(digest(token) == session && signed.is_some_and(|it| it.actor.account == account))
    }

    /// Begins a session of the account that is joined to this identity.
    async fn sign_in_as(&self, identity: &Identity) -> Result<Began, ArrivalError> {
        let now = self.ports.clock.now();
        let stranger = || ArrivalError::Stranger(identity.clone());
        let note = self
            .ports
            .ledger
            .note(&self.agency, JOINED, &address_of(identity))
            .await?
            .ok_or_else(stranger)?;
        let account = note.owner;
        let (secret, _) = self.secret(&account).await?;
        // What the account says counts; the note only leads to it.
        let joined = secret.joined.filter(|joined| joined.is(identity));
        let joined = joined.ok_or_else(stranger)?;
        if !joined.is_confirmed() {
            return Err(ArrivalError::Unconfirmed);
        }
        let is_locked = secret.locked_until.is_some_and(|until| until > now);
        let file = &self.fresh_standing().await?.file;
        if is_locked || Actor::of(file, &account).is_none() {
            return Err(ArrivalError::Unusable);
        }
        Ok(self.begin_session(&account, false).await?)
    }

    /// Joins an account to the identity that the administrator names. It opens nothing before somebody in charge confirms
    /// that the person asked for it.
    pub async fn join_for(
        &self,
        by: &Actor,
        account: &str,
        identity: &Identity,
    ) -> Result<(), IdentityError> {
        access::administer(by)?;
        let length = identity.subject.len();
        let is_text = identity.subject.chars().all(|c| !c.is_control());
        if length == 0 || length > SUBJECT_LENGTH_MAX || !is_text {
            let text = format!("请填写身份标识（sub），{SUBJECT_LENGTH_MAX}个字节以内");
            return Err(field("subject", text));
        }
        self.join(account, identity, &by.account, None).await
    }

    async fn join(
        &self,
        account: &str,
        identity: &Identity,
        asked_by: &str,
        confirmed_by: Option<&str>,
    ) -> Result<(), IdentityError> {
        if self.agency().account(account).is_none() {
            let text = format!("没有账号“{account}”，或者已经停用");
            return Err(field("account", text));
        }
        let now = self.ports.clock.now();
        let (before, _) = self.secret(account).await?;
        let mut note = self.claim(account, identity).await?;
        let joined = Joined {
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            since: now,
            asked_by: asked_by.to_owned(),
            confirmed_by: confirmed_by.map(str::to_owned),
        };
        self.change_secret(account, |secret| {
            if secret.joined.as_ref().is_some_and(Joined::is_confirmed) {
                return Err(field("subject", "这个账号已经关联，要换的请先取消"));
            }
            secret.joined = Some(joined.clone());
            Ok(())
        })
        .await?;
        // Somebody may have taken the same identity between claim and change: then it is theirs.
        note.version += 1;
        if !self.ports.ledger.keep_note(&self.agency, &note).await? {
            self.change_secret(account, |secret| {
                if secret.joined.as_ref() == Some(&joined) {
                    secret.joined = None;
                }
                Ok(())
            })
            .await?;
            return Err(IdentityError::Contested);
        }
        // One that waited for its confirmation and is replaced opens nothing any more.
        if let Some(old) = before.joined.filter(|old| !old.is(identity)) {
            self.release(account, &old.identity()).await?;
        }
        self.tell_of(identity, "provider_joined", account, asked_by)
            .await
    }

    /// Takes an identity for an account, where no other account is joined to it.
    async fn claim(&self, account: &str, identity: &Identity) -> Result<Note, IdentityError> {
        let ledger = &self.ports.ledger;
        let id = address_of(identity);
        for _ in 0..CONTESTED {
            let found = ledger.note(&self.agency, JOINED, &id).await?;
            let version = match &found {
                Some(found) => {
                    let (secret, _) = self.secret(&found.owner).await?;
                    let is_held = secret.joined.is_some_and(|joined| joined.is(identity));
                    if is_held && found.owner != account {
                        return Err(field("subject", "这个身份已经关联到另一个账号"));
                    }
                    found.version
                }
                None => 0,
            };
            let note = Note {
                kind: JOINED.to_owned(),
                id: id.clone(),
                owner: account.to_owned(),
                until: never(),
                version: version + 1,
                body: "{}".to_owned(),
            };
            if ledger.keep_note(&self.agency, &note).await? {
                return Ok(note);
            }
        }
        Err(IdentityError::Contested)
    }

    async fn release(&self, account: &str, identity: &Identity) -> Result<(), IdentityError> {
        let ledger = &self.ports.ledger;
        let id = address_of(identity);
        let found = ledger.note(&self.agency, JOINED, &id).await?;
        if found.is_some_and(|note| note.owner == account) {
            ledger.remove_note(&self.agency, JOINED, &id).await?;
        }
        Ok(())
    }

    /// Confirms that the person of an account asked to be joined to this subject. Whoever confirms is in charge, and
    /// neither named the identity nor holds the account. The subject is that of the page: another one may stand there since.
    pub async fn confirm_joined(
        &self,
        by: &Actor,
        account: &str,
        subject: &str,
    ) -> Result<(), IdentityError> {
        if by.level.is_none() {
            return Err(access_denied("账号的关联由负责人确认。"));
        }
        if by.account == account {
            return Err(access_denied("不能确认自己账号的关联。"));
        }
        let secret = self
            .change_secret(account, |secret| match &mut secret.joined {
                Some(joined) if joined.confirmed_by.is_none() => {
                    if joined.asked_by == by.account {
                        return Err(access_denied("填写关联的人不能确认。"));
                    }
                    if joined.subject != subject {
                        return Err(field("account", "身份标识刚被改过，请核对以后再确认"));
                    }
                    joined.confirmed_by = Some(by.account.clone());
                    Ok(())
                }
                _ => Err(field("account", "这个账号没有等待确认的关联")),
            })
            .await?;
        let Some(joined) = secret.joined else {
            return Ok(());
        };
        self.tell_of(
            &joined.identity(),
            "provider_confirmed",
            account,
            &by.account,
        )
        .await
    }

    /// Undoes the joining of the own account. Every other session of it ends.
    pub async fn part(&self, actor: &Actor) -> Result<Began, IdentityError> {
        let state = self.account_state(&actor.account).await?;
        if state.joined.is_some() && !state.has_password {
            let text =
                "这个账号还没有密码，取消以后就不能登录：请先向系统管理员要初始口令，设置密码";
            return Err(field("account", text));
        }
        self.undo_joining(&actor.account, &actor.account).await?;
        self.begin_session(&actor.account, false).await
    }

    /// Undoes the joining of somebody's account, which signs nobody in any more. Its sessions end.
    pub async fn part_for(&self, by: &Actor, account: &str) -> Result<(), IdentityError> {
        access::administer(by)?;
        self.undo_joining(account, &by.account).await
    }

    async fn undo_joining(&self, account: &str, by: &str) -> Result<(), IdentityError> {
        let (before, _) = self.secret(account).await?;
        let Some(joined) = before.joined else {
            return Err(field("account", "这个账号没有关联"));
        };
        self.change_secret(account, |secret| {
            if secret.provider_only {
                let text = "这个账号只能由统一身份认证登录：请管理员先改为也可以用密码，再取消关联";
                return Err(field("account", text));
            }
            secret.joined = None;
            Ok(())
        })
        .await?;
        let identity = joined.identity();
        self.release(account, &identity).await?;
        self.end_sessions(account).await?;
        self.tell_of(&identity, "provider_parted", account, by)
            .await
    }

    /// Lets only the provider sign an account in, or the password again. One administrator always keeps a password: when
    /// the provider is down for good, somebody must be able to change this.
    pub async fn set_provider_only(
        &self,
        by: &Actor,
        account: &str,
        only: ProviderOnly,
    ) -> Result<(), IdentityError> {
        access::administer(by)?;
        let is_only = only == ProviderOnly::Only;
        self.change_secret(account, |secret| {
            if is_only && !secret.joined.as_ref().is_some_and(Joined::is_confirmed) {
                return Err(field(
                    "account",
                    "先关联并经确认，才能改为只用统一身份认证登录",
                ));
            }
            if secret.provider_only == is_only {
                return Err(field("account", "这个账号已经是这样"));
            }
            secret.provider_only = is_only;
            Ok(())
        })
        .await?;
        // Looked at afterwards: of two administrators who shut each other out at the same moment none succeeds.
        if is_only && !self.an_administrator_has_a_password().await? {
            self.change_secret(account, |secret| {
                secret.provider_only = false;
                Ok(())
            })
            .await?;
            let text = "至少要有一名系统管理员能用密码登录，否则认证平台停用时无人能改回";
            return Err(field("account", text));
        }
        let kind = if is_only {
            self.end_sessions(account).await?;
            "provider_only_set"
        } else {
            "provider_only_lifted"
        };
        self.tell(kind, account, &by.account).await
    }

    async fn an_administrator_has_a_password(&self) -> Result<bool, IdentityError> {
        let file = self.agency();
        let administrators = file
            .accounts
            .iter()
            .filter(|account| !account.closed && account.duties.contains(&Duty::Administrator));
        for account in administrators {
            let (secret, _) = self.secret(&account.id).await?;
            if secret.password.is_some() && !secret.provider_only {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn tell_of(
        &self,
        identity: &Identity,
        kind: &str,
        account: &str,
        by: &str,
    ) -> Result<(), IdentityError> {
        let said = json!({
            "account": account,
            "by": by,
            "issuer": identity.issuer,
            "subject": identity.subject,
        });
        self.tell_that(kind, &said).await
    }
}

/// Whether an account has a way in besides the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderOnly {
    /// None.
    Only,
    /// The password as well.
    Also,
}

impl Secret {
    /// Whether somebody can sign in at all.
    pub(super) fn has_a_way_in(&self) -> bool {
        self.password.is_some() || self.joined.as_ref().is_some_and(Joined::is_confirmed)
    }
}
