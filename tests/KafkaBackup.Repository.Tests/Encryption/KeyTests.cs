using System.Text;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Encryption;

public sealed class KeyTests
{
    private static readonly RepositorySecret Daily = SomeKeys.Passphrase("correct horse battery staple größe");
    private static readonly RepositorySecret Safe = SomeKeys.KeyFile(7);

    private readonly MemoryObjectStore store = new();

    private RepositoryKeys Keys => SomeKeys.KeysOf(store);

    [Fact]
    public async Task A_key_opens_by_its_secret_alone()
    {
        var begun = await Keys.BeginAsync(Daily, SomeKeys.Repository, NameVisibility.Hidden, default);

        var opened = await Keys.OpenAsync(Daily, default);

        Assert.Equal(begun.Keyring.Current.Secret, opened.Keyring.Current.Secret);
        Assert.Equal((SomeKeys.Repository, NameVisibility.Hidden), (opened.Keyring.Repository, opened.Keyring.Names));
        foreach (var wrong in new[] { SomeKeys.Passphrase("correct horse battery staple grosse"), Safe, SomeKeys.KeyFile(8) })
        {
            var refusal = await Assert.ThrowsAsync<RepositoryKeyException>(() => Keys.OpenAsync(wrong, default));
            Assert.StartsWith($"{wrong.Source} opens none of the repository's 1 keys", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_are_added_and_listed_and_removed()
    {
        await BeginAsync();
        var added = await Keys.AddAsync(Daily, Safe, "the safe");

        Assert.Equal([("first", SecretKind.Passphrase, true), ("the safe", SecretKind.KeyFile, true)], (await Keys.ListAsync()).Select(k => (k.Label, k.Kind, k.IsComplete)).Order());
        Assert.Equal((await Keys.OpenAsync(Daily, default)).Keyring.Current.Secret, (await Keys.OpenAsync(Safe, default)).Keyring.Current.Secret);

        Assert.Equal(added, await Keys.RemoveAsync(Daily, added.ToString()[..8]));
        await Assert.ThrowsAsync<RepositoryKeyException>(() => Keys.OpenAsync(Safe, default));
        Assert.Single(await Keys.ListAsync());
    }

    [Fact]
    public async Task The_key_that_opened_the_repository_stays_and_so_does_the_last_one()
    {
        await BeginAsync();
        var first = (await Keys.ListAsync()).Single().Id.ToString();

        Assert.Contains(first, (await Assert.ThrowsAsync<KeyChangeRefusedException>(() => Keys.RemoveAsync(Daily, first))).Message, StringComparison.Ordinal);
        await Keys.AddAsync(Daily, Safe, "the safe");
        await Assert.ThrowsAsync<KeyChangeRefusedException>(() => Keys.RemoveAsync(Daily, first));

        await Keys.RemoveAsync(Safe, first);
        await Keys.OpenAsync(Safe, default);
    }

    [Fact]
    public async Task What_names_no_key_or_several_removes_none()
    {
        await BeginAsync();
        for (var i = 0; i < 17; i++)
            await Keys.AddAsync(Daily, SomeKeys.KeyFile((byte)(100 + i)), "");
        var ambiguous = (await Keys.ListAsync()).GroupBy(k => k.Id.ToString()[..1]).First(g => g.Count() > 1).Key;

        await Assert.ThrowsAsync<KeyChangeRefusedException>(() => Keys.RemoveAsync(Daily, ambiguous));
        await Assert.ThrowsAsync<NoSuchKeyException>(() => Keys.RemoveAsync(Daily, "nothing"));
        await Assert.ThrowsAsync<NoSuchKeyException>(() => Keys.RemoveAsync(Daily, ""));
        Assert.Equal(18, (await Keys.ListAsync()).Count);
    }

    [Fact]
    public async Task After_a_rotation_old_objects_are_read_and_new_ones_have_the_new_data_key()
    {
        var old = (await BeginAsync()).Keyring.Current;
        await EncryptedAsync(Daily, "old");
        await Keys.AddAsync(Daily, Safe, "the safe");

        await Keys.RotateAsync(Daily, null, [Safe]);

        foreach (var secret in new[] { Daily, Safe })
        {
            var ring = (await Keys.OpenAsync(secret, default)).Keyring;
            Assert.Equal(2, ring.Keys.Count);
            Assert.Equal(old.Secret, ring.Keys[0].Secret);
            Assert.NotEqual(old.Secret, ring.Current.Secret);
            Assert.Equal(SomeKeys.Text("old"), await SomeKeys.ReadAsync(new EncryptedObjectStore(store, ring), "lists/old"));
        }

        await EncryptedAsync(Daily, "new");
        Assert.Equal((await Keys.OpenAsync(Daily, default)).Keyring.Current.Id, EncryptedHeader.KeyIdOf(store.Objects["lists/new"].AsSpan(..56)));
        Assert.Equal(2, (await Keys.ListAsync()).Count(k => k is { DataKeys: 2, IsComplete: true }));
        Assert.Equal(["first", "the safe"], (await Keys.ListAsync()).Select(k => k.Label).Order());
    }

    [Fact]
    public async Task What_a_removed_key_knew_opens_nothing_that_is_written_after_a_rotation()
    {
        await BeginAsync();
        var leaver = SomeKeys.KeyFile(66);
        var id = await Keys.AddAsync(Daily, leaver, "leaver");
        var kept = store.Objects.ToDictionary();
        var known = (await Keys.OpenAsync(leaver, default)).Keyring;

        await Keys.RemoveAsync(Daily, id.ToString());
        await Keys.RotateAsync(Daily, null, []);
        await EncryptedAsync(Daily, "new");

        await Assert.ThrowsAsync<DamagedObjectException>(() => SomeKeys.ReadAsync(new EncryptedObjectStore(store, known), "lists/new"));
        foreach (var (name, bytes) in kept)
            store.Objects.TryAdd(name, bytes);
        var ring = (await Keys.OpenAsync(leaver, default)).Keyring;
        await Assert.ThrowsAsync<DamagedObjectException>(() => SomeKeys.ReadAsync(new EncryptedObjectStore(store, ring), "lists/new"));
    }

    [Fact]
    public async Task A_rotation_that_would_leave_a_key_behind_is_refused_and_changes_nothing()
    {
        await BeginAsync();
        var safe = await Keys.AddAsync(Daily, Safe, "the safe");
        var before = store.Objects.Keys.ToList();

        var refusal = await Assert.ThrowsAsync<KeyChangeRefusedException>(() => Keys.RotateAsync(Daily, null, [SomeKeys.KeyFile(9)]));

        Assert.Contains($"{safe} (the safe)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before.Order(), store.Objects.Keys.Order());
    }

    [Fact]
    public async Task A_rotation_can_change_the_secret()
    {
        await BeginAsync();
        var changed = SomeKeys.Passphrase("another one");

        await Keys.RotateAsync(Daily, changed, []);

        await Assert.ThrowsAsync<RepositoryKeyException>(() => Keys.OpenAsync(Daily, default));
        Assert.Equal(2, (await Keys.OpenAsync(changed, default)).Keyring.Keys.Count);
    }

    [Fact]
    public async Task A_key_that_was_added_while_another_rotated_shows_that_it_lacks_a_data_key()
    {
        await BeginAsync();
        var before = store.Objects.ToDictionary();
        await Keys.AddAsync(Daily, Safe, "the safe");
        var added = store.Objects.Keys.Except(before.Keys).Single();
        var addedBytes = store.Objects[added];
        store.Objects.Remove(added);
        await Keys.RotateAsync(Daily, null, []);
        store.Objects[added] = addedBytes;

        Assert.Equal([("first", true), ("the safe", false)], (await Keys.ListAsync()).Select(k => (k.Label, k.IsComplete)).Order());
        await Keys.RotateAsync(Daily, null, [Safe]);
        Assert.All(await Keys.ListAsync(), k => Assert.True(k.IsComplete));
    }

    [Fact]
    public async Task Two_rotations_at_once_lose_no_data_key()
    {
        await BeginAsync();
        var before = store.Objects.ToDictionary();
        await Keys.RotateAsync(Daily, null, []);
        await EncryptedAsync(Daily, "one");
        var one = store.Objects.ToDictionary();
        foreach (var name in one.Keys.Where(n => n.StartsWith("keys/", StringComparison.Ordinal)))
            store.Objects.Remove(name);
        foreach (var (name, bytes) in before)
            store.Objects[name] = bytes;
        await Keys.RotateAsync(Daily, null, []);
        await EncryptedAsync(Daily, "two");
        foreach (var (name, bytes) in one)
            store.Objects.TryAdd(name, bytes);

        var ring = (await Keys.OpenAsync(Daily, default)).Keyring;
        Assert.Equal(3, ring.Keys.Count);
        Assert.Equal(SomeKeys.Text("one"), await SomeKeys.ReadAsync(new EncryptedObjectStore(store, ring), "lists/one"));
        Assert.Equal(SomeKeys.Text("two"), await SomeKeys.ReadAsync(new EncryptedObjectStore(store, ring), "lists/two"));
        await Keys.RotateAsync(Daily, null, []);
        Assert.Equal(4, (await Keys.ListAsync()).Single().DataKeys);
    }

    [Fact]
    public async Task Nothing_of_a_key_object_can_be_changed()
    {
        await BeginAsync();
        var (name, bytes) = store.Objects.Single();
        var text = Encoding.UTF8.GetString(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            store.Objects[name] = [.. bytes[..i], (byte)(bytes[i] ^ 1), .. bytes[(i + 1)..]];
            Assert.Equal(name, (await Assert.ThrowsAsync<DamagedObjectException>(() => Keys.OpenAsync(Daily, default))).Name);
        }

        // Nor by one who makes the checksum fit.
        foreach (var (old, changed) in new[] { ("\"names\":\"plain\"", "\"names\":\"hidden\""), ("\"label\":\"first\"", "\"label\":\"second\""), (SomeKeys.Repository.ToString(), Guid.Empty.ToString()), ("\"iterations\":1", "\"iterations\":2") })
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            var body = text[..text.IndexOf(",\"checksum\"", StringComparison.Ordinal)].Replace(old, changed, StringComparison.Ordinal) + "}";
            store.Objects[name] = Checksum.Append(Encoding.UTF8.GetBytes(body));
            await Assert.ThrowsAsync<RepositoryKeyException>(() => Keys.OpenAsync(Daily, default));
        }
    }

    [Theory]
    [InlineData("\"memory\":64", "\"memory\":2147483647")]
    [InlineData("\"memory\":64", "\"memory\":15")]
    [InlineData("\"iterations\":1", "\"iterations\":1001")]
    [InlineData("\"iterations\":1", "\"iterations\":0")]
    [InlineData("\"parallelism\":2", "\"parallelism\":256")]
    [InlineData("\"parallelism\":2", "\"parallelism\":0")]
    [InlineData("\"dataKeys\":[\"", "\"dataKeys\":[\"00000000-0000-0000-0000-000000000000\",\"")]
    public async Task What_a_key_object_asks_is_checked_before_it_is_done(string old, string changed)
    {
        await BeginAsync();
        var (name, bytes) = store.Objects.Single();
        var text = Encoding.UTF8.GetString(bytes);
        store.Objects[name] = Checksum.Append(Encoding.UTF8.GetBytes(text[..text.IndexOf(",\"checksum\"", StringComparison.Ordinal)].Replace(old, changed, StringComparison.Ordinal) + "}"));

        Assert.Equal(name, (await Assert.ThrowsAsync<DamagedObjectException>(() => Keys.OpenAsync(Daily, default))).Name);
    }

    [Fact]
    public async Task A_newer_key_object_is_refused()
    {
        await BeginAsync();
        var (name, bytes) = store.Objects.Single();
        var text = Encoding.UTF8.GetString(bytes);
        store.Objects[name] = Checksum.Append(Encoding.UTF8.GetBytes(text[..text.IndexOf(",\"checksum\"", StringComparison.Ordinal)].Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal) + "}"));

        var refusal = await Assert.ThrowsAsync<UnsupportedFormatException>(() => Keys.OpenAsync(Daily, default));

        Assert.Contains("'kafka-backup-key', version 2", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_key_is_not_in_the_way_of_a_sound_one()
    {
        await BeginAsync();
        var first = store.Objects.Single().Key;
        await Keys.AddAsync(Daily, Safe, "the safe");
        store.Objects[first] = store.Objects[first][..40];

        await Keys.OpenAsync(Safe, default);
        Assert.Equal(first, (await Assert.ThrowsAsync<DamagedObjectException>(() => Keys.OpenAsync(Daily, default))).Name);
    }

    [Fact]
    public void Secrets_have_to_be_something()
    {
        Assert.Throws<RepositoryKeyException>(() => SomeKeys.Passphrase(""));
        Assert.Throws<RepositoryKeyException>(() => RepositorySecret.OfKeyFile(new byte[31], "the key file x"));
    }

    [Fact]
    public async Task Nothing_shows_a_secret()
    {
        var begun = await BeginAsync();
        var key = begun.Keyring.Current;
        var shown = $"{Daily} {begun.Keyring} {key} {begun.Own[0].Header} {Encoding.UTF8.GetString(store.Objects.Single().Value)}";

        Assert.DoesNotContain("horse", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(key.Secret), shown, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", shown, StringComparison.Ordinal);
    }

    private Task<OpenedKeys> BeginAsync() => Keys.BeginAsync(Daily, SomeKeys.Repository, NameVisibility.Plain, default);

    private async Task EncryptedAsync(RepositorySecret secret, string text) =>
        await new EncryptedObjectStore(store, (await Keys.OpenAsync(secret, default)).Keyring).CreateAsync($"lists/{text}", SomeKeys.Text(text));
}
