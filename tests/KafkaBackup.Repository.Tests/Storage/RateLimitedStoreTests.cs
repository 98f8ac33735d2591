using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Limited;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Storage;

/// <summary>The decorator keeps the contract of what it decorates.</summary>
public sealed class RateLimitedContractTests : ObjectStoreContract
{
    private readonly MemoryObjectStore memory = new();

    protected override IObjectStore Store => OpenAgain();

    protected override IObjectStore OpenAgain() => new RateLimitedObjectStore(memory, 1_000_000_000, TimeProvider.System);
}

public sealed class RateLimitedStoreTests
{
    private const int Rate = 1000;
    private readonly FakeTimeProvider time = new();
    private readonly RateLimitedObjectStore store;

    public RateLimitedStoreTests() => store = new RateLimitedObjectStore(new MemoryObjectStore(), Rate, time);

    [Fact]
    public async Task What_is_created_uploaded_and_read_takes_its_time_together()
    {
        var create = store.CreateAsync("a", new byte[2000]);
        await PassesAfterAsync(create, 2);
        await using var upload = await store.BeginUploadAsync("b");
        await PassesAfterAsync(upload.WriteAsync(new byte[500]).AsTask(), 0.5);
        await upload.CommitAsync();
        await using var stream = await store.OpenReadAsync("a");
        await PassesAfterAsync(stream.ReadAsync(new byte[1500]).AsTask(), 1.5);
    }

    [Fact]
    public async Task Calls_at_the_same_time_share_the_limit()
    {
        var (first, second) = (store.CreateAsync("a", new byte[1000]), store.CreateAsync("b", new byte[1000]));
        await PassesAfterAsync(first, 1);
        Assert.False(second.IsCompleted);
        await PassesAfterAsync(second, 1);
    }

    [Fact]
    public async Task Time_that_was_not_used_is_not_saved_up()
    {
        await PassesAfterAsync(store.CreateAsync("a", new byte[1000]), 1);
        time.Advance(TimeSpan.FromHours(1));
        await PassesAfterAsync(store.CreateAsync("b", new byte[3000]), 3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_is_above_zero(long rate) => Assert.Throws<ArgumentOutOfRangeException>(() => new RateLimitedObjectStore(new MemoryObjectStore(), rate, time));

    /// <summary>Not a moment before.</summary>
    private async Task PassesAfterAsync(Task call, double seconds)
    {
        time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        await Task.Delay(20);
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await call.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
