using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Remote;
using KafkaBackup.Repository.Storage.Retrying;
using Xunit;

namespace KafkaBackup.Repository.Tests.Storage;

public sealed class PiecewiseUploadTests
{
    private const int PieceBytes = 70_000;
    private readonly Pieces pieces = new();
    private readonly SemaphoreSlim onTheWay = new(3);

    [Fact]
    public async Task Pieces_that_fail_are_sent_again_when_the_call_is_made_again_and_the_object_is_whole()
    {
        var random = new Random(7);
        pieces.Fails = () => random.Next(3) == 0;
        var retrying = new RetryingObjectStore(new OneUpload(this), new RetryOptions { Retries = 50, RetriesOfFirstContact = 50, Delay = TimeSpan.FromTicks(1) }, TimeProvider.System);
        var content = new byte[(20 * PieceBytes) + 5];
        random.NextBytes(content);

        await using var upload = await retrying.BeginUploadAsync("a");
        for (int at = 0, size = 1; at < content.Length; at += size, size = Math.Min(content.Length - at, (size * 3) + 1))
            await upload.WriteAsync(content.AsMemory(at, Math.Min(size, content.Length - at)));
        await upload.CommitAsync();

        Assert.True(pieces.Failures > 0);
        Assert.True(content.AsSpan().SequenceEqual(pieces.Committed));
        Assert.Equal(ObjectDigest.Of(content).Sha256.ToArray(), pieces.Digest!.Sha256.ToArray());
        Assert.Equal(3, onTheWay.CurrentCount);
    }

    [Fact]
    public async Task A_place_that_fails_for_good_takes_no_more_than_a_few_pieces_into_memory()
    {
        pieces.Fails = () => true;
        await using var upload = new PiecewiseUpload(pieces, onTheWay, PieceBytes);
        var calls = 0;
        for (var i = 0; i < 200; i++)
        {
            try
            {
                await upload.WriteAsync(new byte[PieceBytes]);
            }
            catch (RepositoryUnavailableException)
            {
                calls++;
            }
        }

        Assert.InRange(calls, 150, 200);
        Assert.InRange(pieces.Indexes.Count, 1, 6);
    }

    [Fact]
    public async Task No_more_than_so_many_are_on_their_way_at_once()
    {
        pieces.Hold = new SemaphoreSlim(0);
        var upload = new PiecewiseUpload(pieces, onTheWay, PieceBytes);
        var writing = Task.Run(async () => await upload.WriteAsync(new byte[10 * PieceBytes]));
        await pieces.SeenAsync(3);
        Assert.False(writing.IsCompleted);
        Assert.Equal(3, pieces.OnTheWay);
        pieces.Hold.Release(100);
        await writing.WaitAsync(TimeSpan.FromSeconds(10));
        await upload.CommitAsync();
        await upload.DisposeAsync();
        Assert.Equal(10 * PieceBytes, pieces.Committed!.Length);
        Assert.False(pieces.IsAbandoned);
    }

    [Fact]
    public async Task An_abandoned_upload_stops_what_is_on_its_way_and_gives_up_what_was_sent()
    {
        pieces.Hold = new SemaphoreSlim(0);
        var upload = new PiecewiseUpload(pieces, onTheWay, PieceBytes);
        await upload.WriteAsync(new byte[(2 * PieceBytes) + 1]);

        await upload.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.True(pieces.IsAbandoned);
        Assert.Equal(3, onTheWay.CurrentCount);
    }

    private sealed class Pieces : IObjectPieces
    {
        private readonly SortedDictionary<int, byte[]> arrived = [];
        private int onTheWay;

        public Func<bool> Fails { get; set; } = () => false;

        public SemaphoreSlim? Hold { get; set; }

        public int Failures { get; private set; }

        public HashSet<int> Indexes { get; } = [];

        public int OnTheWay => onTheWay;

        public byte[]? Committed { get; private set; }

        public ObjectDigest? Digest { get; private set; }

        public bool IsAbandoned { get; private set; }

        public Task<CreateOutcome> CreateWholeAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new InvalidOperationException("it is larger than one piece");

        public async Task PutAsync(int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref onTheWay);
            await Task.Yield();
            if (Hold is not null)
                await Hold.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref onTheWay);
            lock (arrived)
            {
                Indexes.Add(index);
                if (Fails())
                {
                    Failures++;
                    throw Fault();
                }

                arrived[index] = bytes.ToArray();
            }
        }

        public Task<CreateOutcome> CommitAsync(int count, ObjectDigest digest, CancellationToken cancellationToken)
        {
            Assert.Equal(Enumerable.Range(0, count), arrived.Keys);
            if (Fails())
                throw Fault();
            (Committed, Digest) = ([.. arrived.Values.SelectMany(bytes => bytes)], digest);
            return Task.FromResult(CreateOutcome.Created);
        }

        public Task AbandonAsync()
        {
            IsAbandoned = true;
            return Task.CompletedTask;
        }

        public async Task SeenAsync(int count)
        {
            for (var i = 0; i < 500 && OnTheWay < count; i++)
                await Task.Delay(10);
        }

        private static RepositoryUnavailableException Fault() => new("here", "busy", "later") { IsTransient = true };
    }

    /// <summary>A store that has nothing but this upload.</summary>
    private sealed class OneUpload(PiecewiseUploadTests test) : IObjectStore
    {
        public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
            Task.FromResult<IObjectUpload>(new PiecewiseUpload(test.pieces, test.onTheWay, PieceBytes));

        public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
