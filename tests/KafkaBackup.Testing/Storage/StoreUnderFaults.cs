using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Retrying;
using KafkaBackup.Testing.Faults;
using Xunit;

namespace KafkaBackup.Testing.Storage;

/// <summary>A round of everything that a store does, with a fault struck into it: what is there afterwards has to be what an undisturbed round leaves.</summary>
public sealed class StoreUnderFaults
{
    /// <summary>Short waits, as many as needed: what a round takes is told by the proxy, not by the clock.</summary>
    public static readonly RetryOptions Impatient = new() { Retries = 6, RetriesOfFirstContact = 6, Delay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(20) };

    private readonly byte[] _large;
    private readonly byte[] _small = "small"u8.ToArray();

    /// <param name="largeBytes">Bytes of an object that the store sends in several pieces.</param>
    public StoreUnderFaults(int largeBytes)
    {
        _large = new byte[largeBytes];
        new Random(TestSize.Seed).NextBytes(_large);
    }

    /// <summary>Kinds of faults that pass: each is named in figures.</summary>
    public static IReadOnlyList<(string Kind, Func<Random, ProxiedRequest, Fault> Strike)> Kinds { get; } =
    [
        ("500", (_, _) => new Fault.Answer(500)),
        ("503", (_, _) => new Fault.Answer(503, "Retry-After: 1")),
        ("429", (_, _) => new Fault.Answer(429)),
        ("answer lost", (_, _) => new Fault.LoseAnswer()),
        ("request cut", (random, request) => new Fault.CutRequest(random.NextInt64(request.BodyBytes + 1))),
        ("answer cut", (random, _) => new Fault.CutAnswer(random.Next(300))),
        ("silence", (_, _) => new Fault.Silence()),
    ];

    /// <summary>Does everything once, and looks at what it came to.</summary>
    /// <param name="store">An empty store, with its retries.</param>
    public async Task RoundAsync(IObjectStore store)
    {
        Assert.Null(await store.GetLengthAsync("f/small"));
        await store.CreateAsync("f/small", _small);
        await using (var upload = await store.BeginUploadAsync("f/large"))
        {
            for (var at = 0; at < _large.Length; at += 100_000)
                await upload.WriteAsync(_large.AsMemory(at, Math.Min(100_000, _large.Length - at)));
            await upload.CommitAsync();
        }

        await Assert.ThrowsAsync<ObjectConflictException>(() => store.CreateAsync("f/small", "other"u8.ToArray()));
        await store.CreateAsync("f/gone", _small);
        await store.DeleteAsync("f/gone");
        Assert.Equal(["f/large", "f/small"], await store.ListAsync("f/").Select(found => found.Name).ToListAsync());
        await AssertIsAsync(_small, store, "f/small");
        await AssertIsAsync(_large, store, "f/large");
        Assert.Equal(_large.Length, await store.GetLengthAsync("f/large"));
    }

    /// <summary>Strikes every request of a round once with every kind of fault that <paramref name="kinds"/> names, one a round.</summary>
    /// <param name="what">The store, for figures.</param>
    /// <param name="kinds">Names of kinds.</param>
    /// <param name="port">The service's port.</param>
    /// <param name="open">An empty store behind a proxy's port.</param>
    /// <param name="step">Every so many requests; 1 for all.</param>
    public async Task StrikeEachAsync(string what, string[] kinds, int port, Func<int, Task<IObjectStore>> open, int step)
    {
        var random = new Random(TestSize.Seed);
        int requests;
        await using (var calm = new FaultProxy(port, _ => Fault.None))
        {
            await RoundAsync(await open(calm.Port));
            requests = calm.Requests;
        }

        foreach (var (kind, strike) in Kinds.Where(kind => kinds.Contains(kind.Kind)))
        {
            var struck = 0;
            for (var at = 1 + random.Next(step); at <= requests; at += step)
            {
                await using var proxy = new FaultProxy(port, request => request.Number == at && Interlocked.Increment(ref struck) > 0 ? strike(random, request) : Fault.None);
                await RoundAsync(new RetryingObjectStore(await open(proxy.Port), Impatient, TimeProvider.System));
            }

            Figures.Print($"{what}: {kind} at {struck} of {requests} requests, seed {TestSize.Seed}: every round came to the same, damage 0");
            Assert.True(struck > 0);
        }
    }

    private static async Task AssertIsAsync(byte[] expected, IObjectStore store, string name)
    {
        await using var stream = await store.OpenReadAsync(name);
        var content = new MemoryStream();
        await stream.CopyToAsync(content);
        Assert.True(expected.AsSpan().SequenceEqual(content.ToArray()), $"{name}: what is read back is not what was written");
    }
}
