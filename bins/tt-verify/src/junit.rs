//! The evidence as CI systems read it: a JUnit test suite with a case for each object. Cases wait in a file without a name until
//! their number is known, which has to come first.

use std::{
    fs::File,
    io::{self, BufWriter, Seek as _, Write},
    path::Path,
};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use tt_cli::{Observe, Origin, Outfile, printable_json};
use tt_record::{End, Problem, ProblemKind, Record, S3Url};

use crate::{TOOL, groups::cause, present::described};

/// Writes the suite.
pub(crate) struct Junit {
    file: Outfile,
    cases: Writer<BufWriter<File>>,
    broken: Option<io::Error>,
    suite: Suite,
}

/// What stands at the head of the suite.
#[derive(Default)]
struct Suite {
    /// Where the objects are.
    name: String,
    timestamp: String,
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

/// What became of one case.
enum Case {
    Passed,
    Failure,
    Error,
    Skipped,
}

impl Junit {
    /// One that will be at `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Problem> {
        let file = Outfile::create(path, "test suite")?;
        let cases = tempfile::tempfile_in(file.directory()).map_err(|e| {
            Problem::new(ProblemKind::Io, format!("no file can be made beside {}: {e}", path.display()))
        })?;
        let cases = Writer::new(BufWriter::new(cases));
        Ok(Self { file, cases, broken: None, suite: Suite::default() })
    }

    fn case(&mut self, case: &Case, record: &Record) {
        self.suite.count(case);
        if self.broken.is_none() {
            self.broken = write_case(&mut self.cases, case, record).err();
        }
    }
}

impl Observe for Junit {
    fn record(&mut self, record: &Record, origin: Origin) -> Result<(), Problem> {
        let case = match record {
            Record::Begin(begin) => {
                self.suite.name = begin.dest.clone().unwrap_or_else(|| TOOL.to_owned());
                self.suite.timestamp = begin.time.to_string();
                return Ok(());
            }
            // A verdict of another run is none of this one.
            Record::Verified(_) if origin == Origin::Passed => Case::Skipped,
            Record::Verified(_) => Case::Passed,
            Record::Fail(_) => Case::Error,
            Record::Mismatch(_) | Record::Missing(_) | Record::Unverifiable(_) | Record::Extra(_) => {
                Case::Failure
            }
            // What passes on as it came was not looked at.
            Record::Skip(_) | Record::Put(_) | Record::Pushed(_) | Record::Keep(_) => Case::Skipped,
            _ => return Ok(()),
        };
        self.case(&case, record);
        Ok(())
    }

    fn end(self: Box<Self>, end: &End) -> Result<(), Problem> {
        let Self { mut file, cases, broken, suite } = *self;
        file.write(|out| {
            broken.map_or(Ok(()), Err)?;
            let mut cases = cases.into_inner().into_inner().map_err(io::IntoInnerError::into_error)?;
            cases.rewind()?;
            let mut writer = Writer::new(&mut *out);
            writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
            writer.write_event(Event::Start(suite.head(end)))?;
            io::copy(&mut cases, out)?;
            Writer::new(&mut *out).write_event(Event::End(BytesEnd::new("testsuite")))?;
            out.write_all(b"\n")
        });
        file.finish()
    }
}

impl Suite {
    fn count(&mut self, case: &Case) {
        self.tests += 1;
        match case {
            Case::Passed => {}
            Case::Failure => self.failures += 1,
            Case::Error => self.errors += 1,
            Case::Skipped => self.skipped += 1,
        }
    }

    fn head(&self, end: &End) -> BytesStart<'static> {
        let numbers = [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
            ("skipped", self.skipped),
        ];
        let mut head = BytesStart::new("testsuite");
        head.push_attribute(("name", printable(&self.name).as_str()));
        for (name, number) in numbers {
            head.push_attribute((name, number.to_string().as_str()));
        }
        head.push_attribute(("time", end.seconds.to_string().as_str()));
        head.push_attribute(("timestamp", self.timestamp.as_str()));
        head
    }
}

fn write_case(cases: &mut Writer<BufWriter<File>>, case: &Case, record: &Record) -> io::Result<()> {
    let (class, name) = names(record);
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("classname", printable(&class).as_str()));
    start.push_attribute(("name", printable(&name).as_str()));
    cases.get_mut().write_all(b"\n")?;
    let outcome = match case {
        Case::Passed => return cases.write_event(Event::Empty(start)),
        Case::Failure => "failure",
        Case::Error => "error",
        Case::Skipped => "skipped",
    };
    let told = match record {
        Record::Verified(_) => "verified by an earlier run, says the input: not by this one".to_owned(),
        record => described(record),
    };
    let mut element = BytesStart::new(outcome);
    element.push_attribute(("message", printable(&told).as_str()));
    element.push_attribute((
        "type",
        printable(&cause(record).unwrap_or_else(|| record.name().to_owned())).as_str(),
    ));
    let text = printable_json(&serde_json::to_string(record)?).into_owned();
    cases.write_event(Event::Start(start))?;
    cases.write_event(Event::Start(element))?;
    cases.write_event(Event::Text(BytesText::new(&printable(&text))))?;
    cases.write_event(Event::End(BytesEnd::new(outcome)))?;
    cases.write_event(Event::End(BytesEnd::new("testcase")))
}

/// The bucket and directory of what a record is about, and its name there.
fn names(record: &Record) -> (String, String) {
    let of = |dst: &S3Url| {
        let (directory, name) = dst.key.rsplit_once('/').unwrap_or(("", &dst.key));
        (format!("s3://{}/{directory}", dst.bucket), name.to_owned())
    };
    match record {
        Record::Verified(verdict)
        | Record::Mismatch(verdict)
        | Record::Missing(verdict)
        | Record::Unverifiable(verdict) => of(&verdict.dst),
        Record::Extra(extra) => of(&extra.dst),
        Record::Put(put) => of(&put.item.dst),
        Record::Pushed(pushed) => of(&pushed.item.dst),
        Record::Keep(keep) => of(&keep.item.dst),
        Record::Skip(skip) => (TOOL.to_owned(), skip.source.src.clone()),
        Record::Fail(fail) => match (&fail.dst, &fail.source) {
            (Some(dst), _) => of(dst),
            (None, Some(source)) => (TOOL.to_owned(), source.src.clone()),
            (None, None) => (TOOL.to_owned(), "the run".to_owned()),
        },
        _ => (TOOL.to_owned(), record.name().to_owned()),
    }
}

/// XML has no way to write most control characters, and who shows it shows names as they are.
fn printable(text: &str) -> String {
    let allowed = |c: char| matches!(c, ' '..='\u{fffd}' | '\u{10000}'..);
    tt_cli::printable(text)
        .chars()
        .map(|c| if allowed(c) { c } else { char::REPLACEMENT_CHARACTER })
        .collect()
}
