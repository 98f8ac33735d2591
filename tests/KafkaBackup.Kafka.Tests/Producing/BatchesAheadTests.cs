using KafkaBackup.Kafka.Producing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>Batches are made while earlier ones are sent: a few, and nothing of the source is in use afterwards.</summary>
public sealed class BatchesAheadTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly BatchTransformer _transformer = new(new TransformPolicy(1 << 20, CoalesceBelow: 0));
    private int _read;
    private bool _isClosed;

    [Fact]
    public async Task Two_batches_wait_and_one_is_made_and_no_more_until_one_is_taken()
    {
        await using var batches = new BatchesAhead(Source(100), _transformer, default);
        await UntilReadAsync(3);
        await Task.Delay(100); // a fourth would have come by now
        Assert.Equal(3, _read);
        Assert.True(await batches.WaitAsync().AsTask().WaitAsync(Soon));
        batches.Take().Dispose();
        await UntilReadAsync(4);
    }

    [Fact]
    public async Task They_come_in_their_order_and_end()
    {
        var first = new List<long>();
        await using var batches = new BatchesAhead(Source(20), _transformer, default);
        while (await batches.WaitAsync().AsTask().WaitAsync(Soon))
        {
            using var batch = batches.Take();
            first.Add(batch.Runs.Single().Source);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(n => n * 10L), first);
        Assert.True(_isClosed);
    }

    [Fact]
    public async Task What_goes_wrong_with_the_source_goes_wrong_behind_what_it_gave()
    {
        await using var batches = new BatchesAhead(Source(2, new InvalidOperationException("damaged")), _transformer, default);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await batches.WaitAsync().AsTask().WaitAsync(Soon));
            batches.Take().Dispose();
        }

        Assert.Equal("damaged", (await Assert.ThrowsAsync<InvalidOperationException>(() => batches.WaitAsync().AsTask().WaitAsync(Soon))).Message);
    }

    [Fact]
    public async Task Disposed_of_in_mid_work_it_has_closed_the_source()
    {
        var batches = new BatchesAhead(Source(100), _transformer, default);
        await UntilReadAsync(3);
        await batches.DisposeAsync().AsTask().WaitAsync(Soon);
        Assert.True(_isClosed);
        Assert.Equal(3, _read);
    }

    [Fact]
    public async Task Cancelled_it_ends_with_that()
    {
        using var cancel = new CancellationTokenSource();
        await using var batches = new BatchesAhead(Source(100), _transformer, cancel.Token);
        await UntilReadAsync(3);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await batches.WaitAsync().AsTask().WaitAsync(Soon))
                batches.Take().Dispose();
        });
    }

    private async Task UntilReadAsync(int count)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); Volatile.Read(ref _read) < count; await Task.Delay(2))
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Soon, $"{_read} batches are read of {count}");
    }

    private async IAsyncEnumerable<SourceBatch> Source(int count, Exception? end = null)
    {
        try
        {
            for (var n = 0; n < count; n++)
            {
                await Task.Yield();
                Interlocked.Increment(ref _read);
                yield return new SourceBatch(Some.Take(Some.Batch(n * 10, 10)), 0, long.MaxValue, []);
            }

            if (end is not null)
                throw end;
        }
        finally
        {
            _isClosed = true;
        }
    }
}
