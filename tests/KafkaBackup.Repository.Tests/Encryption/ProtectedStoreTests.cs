using System.Text;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Verification;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Encryption;

public sealed class ProtectedStoreTests
{
    private static readonly RepositorySecret Daily = SomeKeys.KeyFile(1);

    private readonly MemoryObjectStore inner = new();

    [Theory]
    [InlineData(NameVisibility.Plain, false)]
    [InlineData(NameVisibility.Hidden, false)]
    [InlineData(NameVisibility.Hidden, true)]
    public async Task A_whole_repository_is_written_and_found_sound_and_nothing_in_it_is_readable(NameVisibility names, bool packed)
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily, names), packed);
        var plain = new MemoryObjectStore();
        await SomeRepository.FillAsync(plain, packed);

        var store = SomeKeys.Protect(inner, Daily);
        var report = await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full);
        Assert.Empty(report.Findings);
        Assert.Equal(await new RepositoryVerifier(plain).VerifyAsync(VerificationLevel.Full) with { Findings = [] }, report with { Findings = [] });
        Assert.Equal(plain.Objects.Keys.Order(StringComparer.Ordinal), (await SomeKeys.ListAsync(store, "")).Where(name => !name.StartsWith("keys/", StringComparison.Ordinal)));
        foreach (var (name, bytes) in plain.Objects.Where(o => o.Key != "repository.json"))
            Assert.Equal(bytes, await SomeKeys.ReadAsync(store, name));

        var dump = string.Join('\n', inner.Objects.Select(o => $"{(names == NameVisibility.Hidden ? o.Key : "")} {Encoding.Latin1.GetString(o.Value)}"));
        foreach (var word in new[] { "orders", "users", "readers", "cluster-1", "retention" })
            Assert.DoesNotContain(word, dump, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NameVisibility.Plain, false)]
    [InlineData(NameVisibility.Hidden, false)]
    [InlineData(NameVisibility.Hidden, true)]
    public async Task A_flipped_bit_anywhere_is_found_and_the_object_named(NameVisibility names, bool packed)
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily, names), packed);
        await SomeKeys.KeysOf(inner).AddAsync(Daily, SomeKeys.KeyFile(2), "second");
        var tokens = new HiddenNames((await SomeKeys.KeysOf(inner).OpenAsync(Daily, default)).Keyring.DeriveNameKey());
        var random = new Random(TestSize.Seed);
        var flips = TestSize.Of(60, 2000);
        Figures.Print($"bit rot in an encrypted repository, names {names}: seed {TestSize.Seed}, {flips} flips in {inner.Objects.Count} objects");
        for (var i = 0; i < flips; i++)
        {
            var objects = inner.Objects.OrderBy(o => o.Key, StringComparer.Ordinal).ToList();
            var (stored, bytes) = objects[i < objects.Count ? i : random.Next(objects.Count)];
            var (at, bit) = (random.Next(bytes.Length), random.Next(8));
            bytes[at] ^= (byte)(1 << bit);

            var findings = (await new RepositoryVerifier(SomeKeys.Protect(inner, Daily)).VerifyAsync(VerificationLevel.Full)).Findings;

            Assert.True(
                findings.Any(f => f.Object == stored || (HiddenNames.TopicIn(f.Object) is { } topic && HiddenNames.Replace(f.Object, topic, tokens.TokenOf(topic)) == stored)),
                $"bit {bit} of byte {at} of {stored}: {string.Join("; ", findings)}");
            bytes[at] ^= (byte)(1 << bit);
        }
    }

    [Theory]
    [InlineData(VerificationLevel.Quick)]
    [InlineData(VerificationLevel.Full)]
    public async Task A_hidden_name_that_can_not_be_read_is_found_once_also_where_a_restore_names_it(VerificationLevel level)
    {
        var store = SomeKeys.Protect(inner, Daily, NameVisibility.Hidden);
        await SomeRepository.FillAsync(store);
        await store.CreateAsync("restores/r1/maps/orders-0.json", Checksum.Append("{\"runs\":[]}"u8));
        var tokens = new HiddenNames((await SomeKeys.KeysOf(inner).OpenAsync(Daily, default)).Keyring.DeriveNameKey());
        inner.Objects[$"names/{tokens.TokenOf("orders")}"][^1] ^= 1;

        Assert.Equal($"names/{tokens.TokenOf("orders")}", Assert.Single((await new RepositoryVerifier(SomeKeys.Protect(inner, Daily)).VerifyAsync(level)).Findings).Object);
    }

    [Fact]
    public async Task Without_its_secret_a_repository_is_refused()
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily));

        Assert.Contains("is encrypted", (await Assert.ThrowsAsync<RepositoryKeyException>(() => BackupRepository.OpenAsync(inner))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RepositoryKeyException>(() => new RepositoryVerifier(inner).VerifyAsync(VerificationLevel.Quick));
        await Assert.ThrowsAsync<RepositoryKeyException>(() => SomeEpochs.OpenAsync(inner));
        var wrong = SomeKeys.KeyFile(9);
        Assert.Contains(wrong.Source, (await Assert.ThrowsAsync<RepositoryKeyException>(() => SomeEpochs.OpenAsync(SomeKeys.Protect(inner, wrong)))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RepositoryKeyException>(() => new RepositoryVerifier(SomeKeys.Protect(inner, wrong)).VerifyAsync(VerificationLevel.Full));
    }

    [Fact]
    public void A_program_that_does_not_know_encryption_refuses_the_repository_by_its_format()
    {
        var json = EncryptedRepository.Write(SomeKeys.Repository, SomeEpochs.Time, NameVisibility.Hidden);

        Assert.StartsWith("{\"format\":\"kafka-backup-encrypted-repository\",\"version\":1,", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Throws<UnsupportedFormatException>(() => FormatHeader.Check("repository.json", json));
    }

    [Fact]
    public async Task A_newer_encrypted_repository_is_refused()
    {
        var text = Encoding.UTF8.GetString(EncryptedRepository.Write(SomeKeys.Repository, SomeEpochs.Time, NameVisibility.Hidden));
        inner.Objects["repository.json"] = Checksum.Append(Encoding.UTF8.GetBytes(text[..text.IndexOf(",\"checksum\"", StringComparison.Ordinal)].Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal) + "}"));

        var refusal = await Assert.ThrowsAsync<UnsupportedFormatException>(() => BackupRepository.OpenAsync(inner));

        Assert.Contains("'kafka-backup-encrypted-repository', version 2", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_for_a_repository_that_is_not_encrypted_is_refused_unless_it_was_only_there_in_case()
    {
        await SomeRepository.FillAsync(inner);
        var before = inner.Objects.Count;

        Assert.Contains("not encrypted", (await Assert.ThrowsAsync<RepositoryKeyException>(() => SomeEpochs.OpenAsync(SomeKeys.Protect(inner, Daily)))).Message, StringComparison.Ordinal);
        Assert.Equal(before, inner.Objects.Count);
        await SomeEpochs.OpenAsync(SomeKeys.Protect(inner, Daily, onDemand: true));
        Assert.Empty((await new RepositoryVerifier(SomeKeys.Protect(inner, Daily, onDemand: true)).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task What_is_asked_for_on_demand_is_asked_once_and_only_where_it_is_needed()
    {
        var asked = new SomeKeys.Given(Daily, onDemand: true);
        await SomeEpochs.OpenAsync(new ProtectedObjectStore(inner, asked, NameVisibility.Plain, TimeProvider.System));
        Assert.Equal(0, asked.Reads);
        Assert.DoesNotContain(inner.Objects.Keys, name => name.StartsWith("keys/", StringComparison.Ordinal));

        var encrypted = new MemoryObjectStore();
        await SomeRepository.FillAsync(SomeKeys.Protect(encrypted, Daily));
        var store = new ProtectedObjectStore(encrypted, asked, NameVisibility.Plain, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SomeEpochs.OpenAsync(store)));
        Assert.Equal(1, asked.Reads);
    }

    [Fact]
    public async Task Where_there_is_no_repository_nothing_is_found_and_nothing_written()
    {
        var store = SomeKeys.Protect(inner, Daily);

        await Assert.ThrowsAsync<NotARepositoryException>(() => BackupRepository.OpenAsync(store));
        var refused = await Assert.ThrowsAsync<NotARepositoryException>(() => store.CreateAsync("lists/a", SomeKeys.Text("secret")));
        Assert.Contains("memory:objects", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotARepositoryException>(() => store.BeginUploadAsync("lists/a"));
        Assert.Empty(inner.Objects);
    }

    [Fact]
    public async Task Where_a_key_is_that_this_secret_does_not_open_no_repository_is_made()
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily));
        inner.Objects.Remove("repository.json");

        await Assert.ThrowsAsync<RepositoryKeyException>(() => SomeEpochs.OpenAsync(SomeKeys.Protect(inner, SomeKeys.KeyFile(9))));
        Assert.False(inner.Objects.ContainsKey("repository.json"));
        var report = await new RepositoryVerifier(SomeKeys.Protect(inner, Daily)).VerifyAsync(VerificationLevel.Full);
        Assert.Equal(["repository.json"], report.Findings.Select(f => f.Object));
    }

    [Fact]
    public async Task A_repository_json_that_denies_the_encryption_is_damage()
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily));
        var plain = new MemoryObjectStore();
        await SomeRepository.FillAsync(plain);
        inner.Objects["repository.json"] = plain.Objects["repository.json"];

        Assert.Equal("repository.json", (await Assert.ThrowsAsync<DamagedObjectException>(() => SomeEpochs.OpenAsync(SomeKeys.Protect(inner, Daily)))).Name);
        Assert.Equal(["repository.json"], (await new RepositoryVerifier(SomeKeys.Protect(inner, Daily)).VerifyAsync(VerificationLevel.Full)).Findings.Select(f => f.Object));
    }

    [Fact]
    public async Task Keys_of_another_repository_do_not_count()
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily));
        var other = new MemoryObjectStore();
        await BackupRepository.OpenOrCreateAsync(SomeKeys.Protect(other, Daily), TimeProvider.System, Guid.NewGuid());
        var foreign = other.Objects.Keys.Single(name => name.StartsWith("keys/", StringComparison.Ordinal));
        inner.Objects[foreign] = other.Objects[foreign];

        Assert.Single(await SomeKeys.KeysOf(inner).ListAsync());
        Assert.Empty((await new RepositoryVerifier(SomeKeys.Protect(inner, Daily)).VerifyAsync(VerificationLevel.Full)).Findings);
        foreach (var name in inner.Objects.Keys.Where(name => name.StartsWith("keys/", StringComparison.Ordinal) && name != foreign).ToList())
            inner.Objects.Remove(name);
        Assert.Equal("keys/", (await Assert.ThrowsAsync<DamagedObjectException>(() => SomeEpochs.OpenAsync(SomeKeys.Protect(inner, Daily)))).Name);
    }

    [Fact]
    public async Task A_store_that_is_open_learns_of_a_rotation_when_it_meets_the_new_data_key()
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily));
        var source = new SomeKeys.Given(Daily, onDemand: false);
        var open = new ProtectedObjectStore(inner, source, NameVisibility.Plain, TimeProvider.System);
        await SomeKeys.ReadAsync(open, RepositoryNames.Epoch(1));
        await SomeKeys.KeysOf(inner).RotateAsync(Daily, null, []);
        await SomeKeys.Protect(inner, Daily).CreateAsync("lists/new", SomeKeys.Text("new"));

        Assert.Equal(SomeKeys.Text("new"), await SomeKeys.ReadAsync(open, "lists/new"));
        Assert.Equal(2, source.Reads);

        // An object of an unknown key is damage, and no reason to ask again.
        inner.Objects["lists/new"][10] ^= 1;
        await Assert.ThrowsAsync<DamagedObjectException>(() => SomeKeys.ReadAsync(open, "lists/new"));
        Assert.Equal(2, source.Reads);
    }

    [Fact]
    public async Task A_run_that_was_interrupted_before_a_rotation_resumes_behind_it()
    {
        await SomeRepository.FillAsync(SomeKeys.Protect(inner, Daily, NameVisibility.Hidden));
        var before = SomeKeys.Protect(inner, Daily);
        await SomeEpochs.WriteAsync(before, 6, "orders", 0, 90, 120, Some.Join(Some.Batch(90, 9, 400), Some.Batch(100, 9, 400), Some.Batch(110, 9, 400)), policy: new(700, 200));
        await SomeKeys.KeysOf(inner).RotateAsync(Daily, null, []);

        var backup = await SomeEpochs.WriteAsync(SomeKeys.Protect(inner, Daily), 6, "orders", 0, 90, 120, Some.Join(Some.Batch(90, 9, 400), Some.Batch(100, 9, 400), Some.Batch(110, 9, 400)), policy: new(700, 200));

        Assert.Equal(3, backup.Segments.Count);
    }
}
