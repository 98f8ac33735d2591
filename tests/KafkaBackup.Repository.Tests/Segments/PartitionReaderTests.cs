using CsCheck;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Segments;

public sealed class PartitionReaderTests
{
    private readonly MemoryObjectStore store = new();

    [Fact]
    public void What_was_written_is_read_batch_by_batch_however_the_stream_is_cut() =>
        Gen.Select(Some.Batches(), Gen.Long[100, 1500], Gen.Int[1, 200]).Sample(
            sample =>
            {
                var (batches, segmentBytes, chunk) = sample;
                var memory = new MemoryObjectStore();
                var written = Runs.WriteAsync(memory, new SegmentPolicy(segmentBytes, 100), [batches], []).Result;
                var read = ReadAllAsync(new DrippingStore(memory, chunk), written.Segments).Result;
                Assert.Equal(batches, read.Select(batch => batch.Bytes));
                Assert.Equal(written.Segments.SelectMany(s => Enumerable.Repeat(s.Base, (int)s.Batches)), read.Select(batch => batch.Segment.Base));
            },
            iter: 200);

    [Fact]
    public async Task A_batch_larger_than_the_buffer_is_read_whole()
    {
        byte[][] batches = [Some.Batch(100), Some.Batch(101, 9, 3_000_000), Some.Batch(200), Some.Batch(201, 0, 1_200_000)];
        var written = await Runs.WriteAsync(store, SegmentPolicy.Default, [batches], []);

        var read = await ReadAllAsync(store, written.Segments);

        Assert.Equal(batches, read.Select(batch => batch.Bytes));
    }

    [Fact]
    public async Task A_segment_inside_a_larger_object_is_read()
    {
        var batches = Some.Join(Some.Batch(100), Some.Batch(101));
        store.Objects["packs/run/1"] = [.. new byte[77], .. batches, .. new byte[9]];
        var reference = new SegmentReference(0, "packs/run/1", 77, batches.Length, PlainHash.Of(batches), 100, 100, 102, 2, batches.Length / 2, 2, 1000, 4096, []);

        Assert.Equal([100L, 101L], (await ReadAllAsync(store, [reference])).Select(batch => batch.Header.BaseOffset));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(32)]
    public async Task A_batch_is_never_handed_out_at_a_wrong_offset(int hole)
    {
        // No CRC covers the offset: another one may look as good where there are holes, and turn an aborted batch into one that counts.
        byte[][] batches = [.. Enumerable.Range(0, 4).Select(i => Some.Batch(i * (8L + hole), 7, 40))];
        var backup = await SomeEpochs.WriteAsync(store, 1, "orders", 3, 0, (4 * (8 + hole)) - hole, Some.Join(batches), policy: SegmentPolicy.Default);
        var (name, bytes) = (backup.Segments[0].Object, store.Objects[backup.Segments[0].Object]);
        var asIfRight = 0;
        for (var bit = 0; bit < 4 * 64; bit++)
        {
            var at = (bit / 64 * batches[0].Length) + 7 - (bit % 64 / 8);
            store.Objects[name] = [.. bytes.Select((b, i) => i == at ? (byte)(b ^ (1 << (bit % 8))) : b)];
            var offsets = new List<long>();
            await using var reader = new PartitionReader(store, "orders", backup.Segments);
            await Assert.ThrowsAsync<DamagedSegmentException>(async () =>
            {
                while (await reader.ReadAsync())
                    offsets.Add(reader.Current.Header.BaseOffset);
            });
            Assert.Equal(Enumerable.Range(0, offsets.Count).Select(i => i * (8L + hole)), offsets);
            asIfRight += offsets.Count;
        }

        // Where there are no holes, what comes before the damage is handed out.
        Assert.Equal(hole == 0, asIfRight > 0);
    }

    [Fact]
    public async Task Nothing_is_nothing() => Assert.Empty(await ReadAllAsync(store, []));

    [Fact]
    public async Task Damage_is_told_with_object_partition_and_offsets()
    {
        var written = await Runs.WriteAsync(store, new SegmentPolicy(300, 100), [[Some.Batch(100), Some.Batch(101), Some.Batch(102, 4), Some.Batch(107, payload: 150), Some.Batch(108)]], []);
        var (name, bytes) = (written.Segments[0].Object, store.Objects[written.Segments[0].Object]);
        Assert.Equal(2, written.Segments.Count);

        async Task<DamagedSegmentException> DamagedAsync(byte[]? content, SegmentReference? reference = null)
        {
            store.Objects.Remove(name);
            if (content is not null)
                store.Objects[name] = content;
            var error = await Assert.ThrowsAsync<DamagedSegmentException>(() => ReadAllAsync(store, [reference ?? written.Segments[0], written.Segments[1]]));
            Assert.Equal((name, "orders", 3), (error.Name, error.Topic, error.Partition));
            return error;
        }

        byte[] Flip(int position) => [.. bytes.Select((b, i) => i == position ? (byte)(b ^ 1) : b)];

        var crc = await DamagedAsync(Flip(71 + 65));
        Assert.Contains("CRC", crc.Problem);
        Assert.Equal((101, 107), (crc.From, crc.To));
        // The leader epoch is in no CRC.
        Assert.Contains("SHA-256", (await DamagedAsync(Flip(15))).Problem);
        Assert.Contains("first batch", (await DamagedAsync(Flip(7))).Problem);
        Assert.Contains("out of place", (await DamagedAsync(Flip(71 + 7))).Problem);
        Assert.Contains("claims", (await DamagedAsync(Flip(71 + 8))).Problem);
        Assert.Contains("magic", (await DamagedAsync(Flip(16))).Problem);
        Assert.Contains("are there of", (await DamagedAsync(bytes[..^1])).Problem);
        Assert.Contains("not in the repository", (await DamagedAsync(null)).Problem);
        Assert.Contains("left for it", (await DamagedAsync([.. bytes, .. new byte[7]], written.Segments[0] with { Length = bytes.Length + 7 })).Problem);
        Assert.Contains("out of place", (await DamagedAsync(bytes, written.Segments[0] with { To = 106 })).Problem);
        Assert.Contains("out of place", (await DamagedAsync(bytes, written.Segments[0] with { From = 101 })).Problem);
        store.Objects[name] = bytes;
        Assert.Equal(5, (await ReadAllAsync(store, written.Segments)).Count);
    }

    private static async Task<List<(BatchHeader Header, byte[] Bytes, SegmentReference Segment)>> ReadAllAsync(IObjectStore from, IReadOnlyList<SegmentReference> segments)
    {
        var read = new List<(BatchHeader, byte[], SegmentReference)>();
        await using var reader = new PartitionReader(from, "orders", segments);
        while (await reader.ReadAsync())
            read.Add((reader.Current.Header, reader.Current.Batch.Bytes.ToArray(), reader.Current.Segment));
        Assert.False(await reader.ReadAsync());
        return read;
    }

    /// <summary>A store whose streams give only so many bytes at a time.</summary>
    private sealed class DrippingStore(IObjectStore store, int chunk) : IObjectStore
    {
        public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
            new Dripping(((MemoryStream)await store.OpenReadAsync(name, offset, length, cancellationToken)).ToArray(), chunk);

        public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        private sealed class Dripping(byte[] bytes, int chunk) : MemoryStream(bytes)
        {
            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                await Task.Yield();
                return Read(buffer.Span[..Math.Min(buffer.Length, chunk)]);
            }
        }
    }
}
