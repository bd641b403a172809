//! Every order in which few callers come, go and wait, and lines begin, end and break off.
//!
//! What callers and lines share is changed under one lock only. So an order of those critical sections
//! is all that threads could make a difference by. Here a caller comes, which may open a line that is not
//! begun yet; a line goes on to its next transaction, which ends in one of several ways, and before each
//! time that it takes the lock another caller may come; a caller goes; a line is dropped with its runtime,
//! or panics. `DEPUTIZE_WORLDS=4` is for four callers instead of three: run it with `--release`.

use std::{
    cell::RefCell,
    env,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use deputize_core::{Acting, Question, Target, TokenId, UnixTime};

use super::*;

thread_local! {
    /// What comes between.
    static BETWEEN: RefCell<Option<Box<dyn FnMut()>>> = const { RefCell::new(None) };
}

/// Lets others come, who themselves are not come between.
pub(super) fn between() {
    let others = BETWEEN.with_borrow_mut(Option::take);
    if let Some(mut others) = others {
        others();
        BETWEEN.set(Some(others));
    }
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Each entry gets its own outcome.
    Each,
    Unavailable,
    Corrupt,
    Panic,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Come { tenant: usize },
    GoOn { line: usize, ending: Ending },
    Go { caller: usize },
    End { line: usize },
}

/// In the place of an engine: a transaction ends when the scheduler says, as it says.
#[derive(Debug, Default)]
struct Scheduled<const ONE_LINE: bool> {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ending: Option<Ending>,
    under_way: Vec<usize>,
    /// The order in which entries first came to be written.
    begun: Vec<usize>,
    written: Vec<usize>,
    /// Those that could not be written, each by itself.
    refused: Vec<usize>,
    /// Those that were under way when their line broke off.
    broken_off: Vec<usize>,
}

struct UnderWay<'a, const ONE_LINE: bool> {
    writer: &'a Scheduled<ONE_LINE>,
    entries: Vec<usize>,
    ended: bool,
}

impl<const ONE_LINE: bool> Scheduled<ONE_LINE> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, entries: Vec<usize>) -> UnderWay<'_, ONE_LINE> {
        let mut state = self.state();
        let new: Vec<usize> = entries.iter().copied().filter(|n| !state.begun.contains(n)).collect();
        state.begun.extend(new);
        let same_line = |a: usize, b: usize| ONE_LINE || tenant_of(a) == tenant_of(b);
        let alone = entries.iter().all(|entry| !state.under_way.iter().any(|other| same_line(*entry, *other)));
        assert!(alone, "two transactions of one line at a time");
        assert!(entries.iter().all(|entry| same_line(*entry, entries[0])), "entries of two lines");
        state.under_way.extend(&entries);
        UnderWay { writer: self, entries, ended: false }
    }
}

impl<const ONE_LINE: bool> Drop for UnderWay<'_, ONE_LINE> {
    fn drop(&mut self) {
        let mut state = self.writer.state();
        state.under_way.retain(|other| !self.entries.contains(other));
        if !self.ended {
            state.broken_off.extend(&self.entries);
        }
    }
}

impl<const ONE: bool> Writer for Scheduled<ONE> {
    const ONE_LINE: bool = ONE;

    async fn write_all(&self, entries: &[Entry]) -> Result<Vec<Outcome>, StoreError> {
        assert!(!entries.is_empty() && entries.len() <= MAX_BATCH);
        let entries: Vec<usize> = entries.iter().map(|entry| entry.event.text.parse().unwrap()).collect();
        let mut under_way = self.begin(entries);
        let mut first = true;
        let ending = std::future::poll_fn(|_| match self.state().ending.take() {
            Some(ending) if !first => Poll::Ready(ending),
            _ => {
                first = false;
                Poll::Pending
            }
        });
        let ending = ending.await;
        if ending == Ending::Panic {
            // Without a message.
            resume_unwind(Box::new(()));
        }
        under_way.ended = true;
        let (mut state, entries) = (self.state(), &under_way.entries);
        let outcomes = match ending {
            Ending::Each => {
                state.written.extend(entries);
                Ok(entries.iter().map(|n| Err(RecordError::Revoked(Target::Token(token(*n))))).collect())
            }
            Ending::Corrupt => {
                if entries.len() == 1 {
                    state.refused.extend(entries);
                }
                Err(StoreError::Corrupt("this can't be written".into()))
            }
            Ending::Unavailable | Ending::Panic => Err(StoreError::Unavailable("it is not there".into())),
        };
        drop(state);
        outcomes
    }
}

/// Callers are numbered in tens by tenant.
fn tenant_of(caller: usize) -> usize {
    caller / 10
}

fn token(n: usize) -> TokenId {
    TokenId::v7(UnixTime::EPOCH, [u8::try_from(n).unwrap(); 10])
}

fn entry(caller: usize) -> Entry {
    let tenant = ["acme", "other"][tenant_of(caller)].parse().unwrap();
    let question = Question { tenant, client: "a".parse().unwrap(), acting: Acting::Alone, resource: None };
    let mut entry = Entry::refusal(&question.report(UnixTime::EPOCH), UnixTime::EPOCH).unwrap();
    entry.event.text = caller.to_string();
    entry
}

type Carried = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Caller {
    number: usize,
    /// Whether it opened a line.
    opened: bool,
    /// Until it goes.
    outcome: Option<oneshot::Receiver<Outcome>>,
}

/// Which of how many was taken, and how far it is followed.
#[derive(Debug, Default)]
struct Choices {
    taken: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    fn below(&mut self, among: usize) -> usize {
        if self.at == self.taken.len() {
            self.taken.push((0, among));
        }
        self.at += 1;
        self.taken[self.at - 1].0
    }

    /// Moves on to the next; whether there is one.
    fn next(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, among)) = self.taken.pop() {
            if chosen + 1 < among {
                self.taken.push((chosen + 1, among));
                return true;
            }
        }
        false
    }
}

/// Who came, and the lines they opened.
struct Room<const ONE_LINE: bool> {
    queue: Arc<Queue>,
    writer: Arc<Scheduled<ONE_LINE>>,
    callers: Vec<Caller>,
    /// And whether each has begun.
    lines: Vec<(Carried, bool)>,
    /// How many may come.
    size: usize,
}

impl<const ONE_LINE: bool> Room<ONE_LINE> {
    /// The tenants of which somebody may come. They are alike: the first who comes is of the first.
    fn tenants(&self) -> usize {
        if self.callers.len() == self.size { 0 } else { 2.min(1 + self.callers.len()) }
    }

    fn come(&mut self, tenant: usize) {
        let number = 10 * tenant + self.callers.len();
        let (outcome, line) = self.queue.join(&self.writer, entry(number));
        self.callers.push(Caller { number, opened: line.is_some(), outcome: Some(outcome) });
        self.lines.extend(line.map(|line| -> (Carried, bool) { (Box::pin(line), false) }));
    }
}

struct World<const ONE_LINE: bool> {
    room: Rc<RefCell<Room<ONE_LINE>>>,
    choices: Rc<RefCell<Choices>>,
    /// Callers that went, lines that broke off.
    disturbances: usize,
    /// An ending that its entries share was seen.
    unavailable: bool,
}

impl<const ONE_LINE: bool> World<ONE_LINE> {
    fn new(choices: &Rc<RefCell<Choices>>, size: usize) -> Self {
        let (queue, writer) = (Arc::default(), Arc::default());
        let room = Room { queue, writer, callers: Vec::new(), lines: Vec::new(), size };
        Self { room: Rc::new(room.into()), choices: choices.clone(), disturbances: 0, unavailable: false }
    }

    /// What may come next. Nobody changes anything for a caller that was told, so only who waits goes.
    fn steps(&self) -> Vec<Step> {
        let mut room = self.room.borrow_mut();
        let mut steps: Vec<Step> = (0..room.tenants()).map(|tenant| Step::Come { tenant }).collect();
        let disturbed = self.disturbances > 0;
        for (line, (_, begun)) in room.lines.iter().enumerate() {
            steps.push(Step::GoOn { line, ending: Ending::Each });
            if *begun {
                steps.extend([Ending::Unavailable, Ending::Corrupt].map(|ending| Step::GoOn { line, ending }));
                if !disturbed {
                    steps.push(Step::GoOn { line, ending: Ending::Panic });
                }
            }
            if !disturbed {
                steps.push(Step::End { line });
            }
        }
        if !disturbed {
            for (caller, here) in room.callers.iter_mut().enumerate() {
                if here.outcome.as_mut().is_some_and(|outcome| outcome.is_empty() && !outcome.is_terminated()) {
                    steps.push(Step::Go { caller });
                }
            }
        }
        steps
    }

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Come { tenant } => self.room.borrow_mut().come(tenant),
            Step::GoOn { line, ending } => self.go_on(line, ending),
            Step::Go { caller } => {
                self.room.borrow_mut().callers[caller].outcome = None;
                self.disturbances += 1;
            }
            Step::End { line } => {
                let line = self.room.borrow_mut().lines.remove(line);
                drop(line);
                self.disturbances += 1;
            }
        }
    }

    fn go_on(&mut self, line: usize, ending: Ending) {
        let (mut carried, begun) = self.room.borrow_mut().lines.remove(line);
        if begun {
            self.room.borrow().writer.state().ending = Some(ending);
            self.unavailable |= ending == Ending::Unavailable;
        }
        let (room, choices) = (self.room.clone(), self.choices.clone());
        BETWEEN.set(Some(Box::new(move || {
            let tenants = room.borrow().tenants();
            if tenants > 0
                && let Some(tenant) = choices.borrow_mut().below(1 + tenants).checked_sub(1)
            {
                room.borrow_mut().come(tenant);
            }
        })));
        let mut context = Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| carried.as_mut().poll(&mut context)));
        assert_eq!(polled.is_err(), ending == Ending::Panic);
        self.disturbances += usize::from(polled.is_err());
        if matches!(polled, Ok(Poll::Pending)) {
            self.room.borrow_mut().lines.insert(line, (carried, true));
        } else {
            drop(carried);
        }
        BETWEEN.set(None);
    }

    /// Each was told once and its own, in order, and nothing is left behind.
    fn ends(self, schedule: &[Step]) {
        let mut room = self.room.borrow_mut();
        let callers = std::mem::take(&mut room.callers);
        assert!(room.queue.lines().is_empty(), "a line is left: {schedule:?}");
        let state = room.writer.state();
        let count = |of: &[usize], n: usize| of.iter().filter(|other| **other == n).count();
        for caller in callers {
            let n = caller.number;
            let (written, refused) = (count(&state.written, n), count(&state.refused, n));
            let broken_off = count(&state.broken_off, n);
            assert!(written + refused + broken_off <= 1, "written more than once: {schedule:?}");
            let Some(mut outcome) = caller.outcome else { continue };
            match outcome.try_recv() {
                Ok(Err(RecordError::Revoked(target))) => {
                    assert!(target == Target::Token(token(n)) && written == 1, "another's: {schedule:?}");
                }
                Ok(Err(RecordError::Store(StoreError::Corrupt(_)))) => assert_eq!(refused, 1, "{schedule:?}"),
                Ok(Err(RecordError::Store(StoreError::Unavailable(_)))) => {
                    assert_eq!((written, refused, broken_off), (0, 0, 0), "{schedule:?}");
                    assert!(self.unavailable || self.disturbances > 0, "{schedule:?}");
                }
                Err(oneshot::error::TryRecvError::Closed) => {
                    // It was under way, alone or with others, or was to begin: whether it is written is not known.
                    let on_its_way = state.begun.contains(&n) || caller.opened;
                    assert!(self.disturbances > 0 && on_its_way, "waits in vain: {schedule:?}");
                }
                other => panic!("{other:?}: {schedule:?}"),
            }
        }
        for tenant in 0..2 {
            let of_tenant: Vec<_> = state.begun.iter().filter(|n| tenant_of(**n) == tenant).collect();
            assert!(of_tenant.is_sorted(), "not in the order in which they came: {schedule:?}");
        }
    }
}

/// Every schedule, depth first: each begins anew, since what waits can't be copied.
fn every<const ONE_LINE: bool>(callers: usize) -> (u64, usize) {
    let choices = Rc::<RefCell<Choices>>::default();
    let (mut schedules, mut longest) = (0, 0);
    loop {
        let (mut world, mut schedule) = (World::<ONE_LINE>::new(&choices, callers), Vec::new());
        loop {
            let steps = world.steps();
            if steps.is_empty() {
                break;
            }
            let step = steps[choices.borrow_mut().below(steps.len())];
            schedule.push(step);
            world.carry_out(step);
        }
        (schedules, longest) = (schedules + 1, longest.max(schedule.len()));
        world.ends(&schedule);
        if !choices.borrow_mut().next() {
            return (schedules, longest);
        }
    }
}

fn callers() -> usize {
    env::var("DEPUTIZE_WORLDS").map_or(3, |callers| callers.parse().unwrap())
}

#[test]
fn whatever_the_order_each_is_told_its_own_in_one_line() {
    let (schedules, longest) = every::<true>(callers());
    println!("{schedules} interleavings of up to {longest} steps");
    assert!(schedules > 5_000, "{schedules}");
}

#[test]
fn whatever_the_order_each_is_told_its_own_in_a_line_for_each_tenant() {
    let (schedules, longest) = every::<false>(callers());
    println!("{schedules} interleavings of up to {longest} steps");
    assert!(schedules > 5_000, "{schedules}");
}
