//! From a name to plain bytes: files, standard input and the sample, decompressed as their content asks for.

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use serde::Serialize;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;

/// Dependencies of Debian's packages: `package, dependency, release, ±1`, tab-separated, without a header.
const SAMPLE: &[u8] = include_bytes!("../../data/debian-depends.tsv.zst");

/// Large enough that a read costs little beside what is done with its bytes.
const BUFFER_BYTES: usize = 1 << 16;

/// Where bytes come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    File(PathBuf),
    Stdin,
    Sample,
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Source::Stdin } else { Source::File(path) }
    }
}

impl Source {
    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Stdin => "<stdin>".to_owned(),
            Source::Sample => "<sample>".to_owned(),
        }
    }

    /// The number of bytes before decompression, if it is known.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Source::File(path) => path.metadata().ok().filter(|data| data.is_file()).map(|data| data.len()),
            Source::Stdin => None,
            Source::Sample => Some(SAMPLE.len() as u64),
        }
    }

    /// Opens it; `progress` follows the bytes read.
    pub(super) fn open(&self, progress: &ProgressBar) -> io::Result<Opened> {
        match self {
            Source::File(path) => {
                let file = File::open(path)?;
                if file.metadata()?.is_dir() {
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                decompressed(progress.wrap_read(file))
            }
            Source::Stdin => decompressed(progress.wrap_read(io::stdin())),
            Source::Sample => decompressed(progress.wrap_read(SAMPLE)),
        }
    }
}

/// How a file is compressed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compression::None => "plain",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        })
    }
}

/// A file's plain bytes.
pub(super) struct Opened {
    pub(super) compression: Compression,
    pub(super) reader: Box<dyn BufRead>,
}

impl Compression {
    /// Whether an error comes from what a file holds, not from the reading of it.
    pub(super) fn is_damage(self, error: &io::Error) -> bool {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        self != Compression::None && matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
    }
}

/// Formats that we don't read, by their first bytes.
const FOREIGN: [(&[u8], &str); 6] = [
    (b"BZh", "is compressed by bzip2, which is not read: decompress it, for instance to standard input"),
    (b"\xfd7zXZ\0", "is compressed by xz, which is not read: decompress it, for instance to standard input"),
    (b"PK\x03\x04", "is a ZIP archive: unpack it first"),
    (b"PAR1", "is a Parquet file, which is not read: convert it to TSV or CSV"),
    (b"\xff\xfe", "is UTF-16 text: convert it to UTF-8"),
    (b"\xfe\xff", "is UTF-16 text: convert it to UTF-8"),
];

/// Detects compression by the first bytes and undoes it.
fn decompressed(mut raw: impl Read + 'static) -> io::Result<Opened> {
    let mut magic = Vec::with_capacity(6);
    raw.by_ref().take(6).read_to_end(&mut magic)?;
    if let Some((_, what)) = FOREIGN.iter().find(|(prefix, _)| magic.starts_with(prefix)) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, *what));
    }
    let compression = match magic.as_slice() {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    };
    let raw = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(magic).chain(raw));
    let reader: Box<dyn BufRead> = match compression {
        Compression::None => Box::new(raw),
        Compression::Gzip => Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(raw))),
        Compression::Zstd => Box::new(BufReader::with_capacity(BUFFER_BYTES, ZstdFrames::new(raw))),
    };
    Ok(Opened { compression, reader })
}

/// All frames of a zstd file, one after another.
///
/// The library decodes one; a file may hold several, and others that are to be passed over. It also leaves to
/// us to compare the checksums.
struct ZstdFrames<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> ZstdFrames<R> {
    fn new(source: R) -> Self {
        ZstdFrames { source, decoder: FrameDecoder::new(), in_frame: false }
    }

    /// Starts the next frame; `false` at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(damage(error)),
            }
        }
        Ok(false)
    }

    fn check(&self) -> io::Result<()> {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(written), Some(found)) if written != found => Err(damage("the checksum does not match")),
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.in_frame {
                self.in_frame = self.next_frame()?;
                if !self.in_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(damage)?;
            }
            match self.decoder.read(buffer)? {
                0 => {
                    self.check()?;
                    self.in_frame = false;
                }
                n => return Ok(n),
            }
        }
    }
}

fn damage(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
