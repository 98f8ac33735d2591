using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Retrying;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Storage;

/// <summary>The decorator keeps the contract of what it decorates.</summary>
public sealed class RetryingContractTests : ObjectStoreContract
{
    private readonly MemoryObjectStore memory = new();

    protected override IObjectStore Store => OpenAgain();

    protected override IObjectStore OpenAgain() => new RetryingObjectStore(memory, new RetryOptions(), TimeProvider.System);
}

public sealed class RetryingStoreTests
{
    private readonly MemoryObjectStore memory = new();
    private readonly WaitlessTime time = new();
    private readonly RetryOptions options = new() { Retries = 4, RetriesOfFirstContact = 1, Delay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(10) };
    private int failures;

    [Fact]
    public async Task A_place_that_never_answered_is_given_up_sooner_than_one_that_did()
    {
        var store = Store(() => Busy());
        await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.CreateAsync("a", "x"u8.ToArray()));
        Assert.Equal(2, failures);

        Assert.Null(await store.GetLengthAsync("a"));
        failures = 0;
        await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.CreateAsync("a", "x"u8.ToArray()));
        Assert.Equal(5, failures);
    }

    [Fact]
    public async Task A_refusal_is_an_answer_too()
    {
        var store = Store(() => failures == 0 ? new RepositoryConnectionException("here", "no", "do") : Busy());
        await Assert.ThrowsAsync<RepositoryConnectionException>(() => store.CreateAsync("a", "x"u8.ToArray()));
        Assert.Equal(1, failures);

        await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.CreateAsync("a", "x"u8.ToArray()));
        Assert.Equal(6, failures);
    }

    [Fact]
    public async Task The_place_says_how_long_to_wait_up_to_a_limit()
    {
        var store = Store(() => failures switch { 0 => Busy(7), 1 => Busy(3600), 2 => Busy(), _ => null });
        Assert.Null(await store.GetLengthAsync("a"));

        Assert.Equal(CreateOutcome.Created, await store.CreateAsync("a", "x"u8.ToArray()));

        Assert.Equal([TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(10)], time.Waits[..2]);
        Assert.InRange(time.Waits[2], TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(3, time.Waits.Count);
    }

    [Fact]
    public async Task What_will_not_pass_is_told_at_once()
    {
        var store = Store(() => new RepositoryUnavailableException("here", "full", "free space"));

        await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.CreateAsync("a", "x"u8.ToArray()));

        Assert.Equal((1, 0), (failures, time.Waits.Count));
    }

    private static RepositoryUnavailableException Busy(int? seconds = null) => new("here", "busy", "later")
    {
        IsTransient = true,
        RetryAfter = seconds is { } s ? TimeSpan.FromSeconds(s) : null,
    };

    private RetryingObjectStore Store(Func<Exception?> fault)
    {
        memory.BeforeChange = _ =>
        {
            if (fault() is not { } error)
                return;
            failures++;
            throw error;
        };
        return new RetryingObjectStore(memory, options, time);
    }

    /// <summary>A clock whose timers are due at once, and which remembers what was waited for.</summary>
    private sealed class WaitlessTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero)
                Waits.Add(dueTime);
            return base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
        }
    }
}
