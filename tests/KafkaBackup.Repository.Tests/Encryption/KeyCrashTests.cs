using System.Runtime.CompilerServices;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Tests.Verification;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Encryption;

/// <summary>Keys are changed, and the process dies at each write.</summary>
public sealed class KeyCrashTests
{
    private static readonly RepositorySecret Daily = SomeKeys.KeyFile(1);
    private static readonly RepositorySecret Safe = SomeKeys.KeyFile(2);
    private static readonly RepositorySecret Third = SomeKeys.KeyFile(3);
    private static readonly RepositorySecret Successor = SomeKeys.KeyFile(4);

    [Fact]
    public async Task Killed_at_any_write_of_a_rotation_every_secret_or_its_successor_opens_everything_and_again_it_comes_to_its_end()
    {
        var kills = 0;
        for (; ; kills++)
        {
            var store = await FilledAsync();
            if (!await DiesAsync(store, kills, keys => keys.RotateAsync(Daily, Successor, [Safe, Third])))
                break;

            Assert.True(await OpensEverythingAsync(store, Daily) || await OpensEverythingAsync(store, Successor));
            Assert.True(await OpensEverythingAsync(store, Safe));
            Assert.True(await OpensEverythingAsync(store, Third));

            // The operator runs the same command again; if the old secret is gone already, with the new one.
            var still = await OpensEverythingAsync(store, Daily) ? Daily : Successor;
            await SomeKeys.KeysOf(store).RotateAsync(still, Successor, [Safe, Third]);
            Assert.All((await SomeKeys.KeysOf(store).ListAsync()), key => Assert.True(key.IsComplete));
            Assert.Equal(3, (await SomeKeys.KeysOf(store).ListAsync()).Count);
            foreach (var secret in new[] { Successor, Safe, Third })
                Assert.True(await OpensEverythingAsync(store, secret));
            Assert.False(await OpensEverythingAsync(store, Daily));
        }

        Figures.Print($"rotation of 3 keys: killed before each of {kills} writes");
        Assert.Equal(6, kills);
    }

    [Fact]
    public async Task Killed_at_any_write_a_secret_is_changed_by_adding_and_removing_without_a_moment_that_none_opens()
    {
        for (var kill = 0; ; kill++)
        {
            var store = await FilledAsync();
            var first = (await SomeKeys.KeysOf(store).OpenAsync(Daily, default)).Own[0].Header.Id;
            var died = await DiesAsync(store, kill, async keys =>
            {
                await keys.AddAsync(Daily, Successor, "");
                await keys.RemoveAsync(Successor, first.ToString());
            });
            Assert.True(await OpensEverythingAsync(store, Daily) || await OpensEverythingAsync(store, Successor));
            if (died)
                continue;
            Assert.Equal(2, kill);
            break;
        }
    }

    [Theory]
    [InlineData(NameVisibility.Plain)]
    [InlineData(NameVisibility.Hidden)]
    public async Task Killed_at_any_write_of_its_making_a_repository_is_made_by_the_same_call_again(NameVisibility names)
    {
        for (var kill = 0; ; kill++)
        {
            var store = new MemoryObjectStore();
            var died = await DiesAsync(store, kill, _ => BackupRepository.OpenOrCreateAsync(SomeKeys.Protect(store, Daily, names), TimeProvider.System, Guid.NewGuid()));

            await SomeRepository.FillAsync(SomeKeys.Protect(store, Daily, names));

            Assert.Single(await SomeKeys.KeysOf(store).ListAsync());
            Assert.Single(store.Objects.Keys, name => name.StartsWith("keys/", StringComparison.Ordinal));
            Assert.Empty((await new RepositoryVerifier(SomeKeys.Protect(store, Daily)).VerifyAsync(VerificationLevel.Full)).Findings);
            if (!died)
            {
                Assert.Equal(2, kill);
                break;
            }
        }
    }

    [Fact]
    public async Task Of_many_who_make_one_repository_at_once_all_open_the_same()
    {
        for (var round = 0; round < TestSize.Of(20, 500); round++)
        {
            var store = new MemoryObjectStore();
            var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() =>
                BackupRepository.OpenOrCreateAsync(SomeKeys.Protect(store, Daily), TimeProvider.System, Guid.NewGuid()))));

            Assert.Single(made.Select(repository => repository.Id).Distinct());
            Assert.Equal(made[0].Id, (await BackupRepository.OpenAsync(SomeKeys.Protect(store, Daily))).Id);
            Assert.NotEmpty(await SomeKeys.KeysOf(store).ListAsync());
        }
    }

    [Fact]
    public async Task A_repository_that_another_one_makes_while_its_keys_are_looked_for_is_opened()
    {
        var memory = new MemoryObjectStore();
        Guid? other = null;
        var overtaken = new OvertakenStore(memory, async () => other = (await BackupRepository.OpenOrCreateAsync(SomeKeys.Protect(memory, Daily), TimeProvider.System, Guid.NewGuid())).Id);

        var opened = await BackupRepository.OpenOrCreateAsync(SomeKeys.Protect(overtaken, Daily), TimeProvider.System, Guid.NewGuid());

        Assert.NotNull(other);
        Assert.Equal(other, opened.Id);
    }

    /// <summary>Something happens behind the first listing of the keys.</summary>
    private sealed class OvertakenStore(IObjectStore inner, Func<Task> behind) : DelegatingStore(inner)
    {
        private Func<Task>? behind = behind;

        public override async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var found = await base.ListAsync(prefix, cancellationToken).ToListAsync(cancellationToken);
            if (prefix.StartsWith("keys/", StringComparison.Ordinal) && Interlocked.Exchange(ref behind, null) is { } happens)
                await happens();
            foreach (var entry in found)
                yield return entry;
        }
    }

    /// <summary>A repository of three keys, with an object of each data key that there has been.</summary>
    private static async Task<MemoryObjectStore> FilledAsync()
    {
        var store = new MemoryObjectStore();
        await BackupRepository.OpenOrCreateAsync(SomeKeys.Protect(store, Daily), TimeProvider.System, SomeKeys.Repository);
        await SomeKeys.KeysOf(store).AddAsync(Daily, Safe, "the safe");
        await SomeKeys.Protect(store, Daily).CreateAsync("lists/0", SomeKeys.Text("0"));
        await SomeKeys.KeysOf(store).RotateAsync(Daily, null, [Safe]);
        await SomeKeys.KeysOf(store).AddAsync(Safe, Third, "third");
        await SomeKeys.Protect(store, Third).CreateAsync("lists/1", SomeKeys.Text("1"));
        return store;
    }

    private static async Task<bool> OpensEverythingAsync(MemoryObjectStore store, RepositorySecret secret)
    {
        try
        {
            var opened = SomeKeys.Protect(store, secret);
            for (var i = 0; i < 2; i++)
                Assert.Equal(SomeKeys.Text($"{i}"), await SomeKeys.ReadAsync(opened, $"lists/{i}"));
            return true;
        }
        catch (RepositoryKeyException)
        {
            return false;
        }
    }

    /// <summary>Dies before the n-th write, which is behind the one before.</summary>
    /// <returns>False if there were not that many writes.</returns>
    private static async Task<bool> DiesAsync(MemoryObjectStore store, int kill, Func<RepositoryKeys, Task> change)
    {
        var writes = 0;
        store.BeforeChange = _ =>
        {
            if (writes++ == kill)
                throw new IOException("the process was killed here");
        };
        var error = await Record.ExceptionAsync(() => change(SomeKeys.KeysOf(store)));
        store.BeforeChange = null;
        Assert.True(error is null or IOException, error?.ToString());
        return error is not null;
    }
}
