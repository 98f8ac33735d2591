using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Metered;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Storage;

/// <summary>The decorator keeps the contract of what it decorates.</summary>
public sealed class MeteredContractTests : ObjectStoreContract
{
    private readonly MemoryObjectStore memory = new();

    protected override IObjectStore Store => OpenAgain();

    protected override IObjectStore OpenAgain() => new MeteredObjectStore(memory, TimeProvider.System);
}

public sealed class MeteredStoreTests
{
    [Fact]
    public async Task Calls_bytes_and_durations_are_counted_by_operation_and_outcome()
    {
        using var calls = new CountedCalls();
        var memory = new MemoryObjectStore();
        var store = new MeteredObjectStore(memory, TimeProvider.System);

        await store.CreateAsync("a", new byte[10]);
        await store.CreateAsync("a", new byte[10]);
        await Assert.ThrowsAsync<ObjectConflictException>(() => store.CreateAsync("a", new byte[11]));
        await using (var upload = await store.BeginUploadAsync("b"))
        {
            await upload.WriteAsync(new byte[20]);
            await upload.CommitAsync();
        }

        await using (var stream = await store.OpenReadAsync("b"))
            await stream.ReadExactlyAsync(new byte[20]);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => store.OpenReadAsync("c"));
        await store.GetLengthAsync("a");
        await store.GetLengthAsync("c");
        await store.ListAsync("").ToListAsync();
        memory.BeforeChange = _ => throw new RepositoryUnavailableException("here", "busy", "later") { IsTransient = true };
        await Assert.ThrowsAsync<RepositoryUnavailableException>(() => store.DeleteAsync("a"));
        memory.BeforeChange = _ => throw new RepositoryConnectionException("here", "no", "do");
        await Assert.ThrowsAsync<RepositoryConnectionException>(() => store.DeleteAsync("a"));
        memory.BeforeChange = null;
        await store.DeleteAsync("a");

        string[] requests =
        [
            "create created", "create there", "create conflict", "write done", "commit created", "open done", "read done", "open none", "length done", "length none", "list done",
            "delete transient", "delete refused", "delete done",
        ];
        string[] bytes = ["bytes 10 create", "bytes 10 create", "bytes 20 write", "bytes 20 read"];
        Assert.Equal(
            requests.SelectMany(r => (string[])[$"requests 1 {r}", $"duration 1 {r}"]).Concat(bytes).Order(StringComparer.Ordinal), calls.Seen.Order(StringComparer.Ordinal));
    }
}
