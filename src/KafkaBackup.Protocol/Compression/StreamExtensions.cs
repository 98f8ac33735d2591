using System.Runtime.InteropServices;

namespace KafkaBackup.Protocol.Compression;

/// <summary>The bridge between memory and the codecs that work on streams.</summary>
internal static class StreamExtensions
{
    private const int ChunkSize = 16 * 1024;

    public static MemoryStream AsStream(this ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(memory.ToArray(), writable: false);

    public static void AppendAll(this PooledBuffer target, Stream source)
    {
        while (source.Read(target.GetSpan(ChunkSize)) is var read and > 0)
            target.Advance(read);
    }

    /// <summary>The buffer as a stream that can only be appended to.</summary>
    public static Stream AsAppendingStream(this PooledBuffer target) => new AppendingStream(target);

    private sealed class AppendingStream(PooledBuffer target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Append(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Append(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
