using CsCheck;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Encryption;

public sealed class EncryptedObjectTests
{
    private const string Name = "topics/orders/life-1/run-1/orders-0/00000000000000000000.log";

    private readonly MemoryObjectStore inner = new();

    /// <summary>Lengths around the borders of chunks, and others.</summary>
    private static readonly Gen<int> Lengths = Gen.Select(Gen.Int[0, 4], Gen.Int[-18, 18], Gen.Int[0, 600_000], Gen.Bool)
        .Select((chunks, around, any, isAny) => isAny ? any : Math.Max(0, (chunks * 65536) + around));

    private EncryptedObjectStore Store => Over(inner);

    [Fact]
    public async Task An_object_is_what_the_format_says()
    {
        var key = new DataKey(Guid.Parse("a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf"), [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        var salt = Enumerable.Range(32, 32).Select(i => (byte)i).ToArray();
        var store = new EncryptedObjectStore(inner, new Keyring(SomeKeys.Repository, NameVisibility.Plain, [key]), null, bytes => salt.AsSpan(..bytes.Length).CopyTo(bytes));

        await store.CreateAsync("lists/x", SomeKeys.Text("hello"));

        var written = Convert.ToHexStringLower(inner.Objects["lists/x"]);
        Assert.Equal(
            "4b42454f01000000a0a1a2a3a4a5a6a7a8a9aaabacadaeaf202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f18fa0c4454ceac83b5830455dc6630ab76408c65f8",
            written);
        var format = File.ReadAllText(KafkaBackup.Testing.ProjectTree.PathOf("src", "KafkaBackup.Repository", "FORMAT.md")).ReplaceLineEndings("");
        Assert.Contains(written, format, StringComparison.Ordinal);
    }

    [Fact]
    public void However_it_is_written_any_range_of_an_object_is_the_plain_range() =>
        Gen.Select(Lengths, Gen.Int[1, 200_000].Array[0, 6], Gen.Int[0, 700_000], Gen.OneOf(Lengths, Gen.Int[0, 70]), Gen.Bool).Sample(
            (length, pieces, offset, count, isWhole) =>
            {
                var content = Noise(length);
                var store = Over(new MemoryObjectStore());
                WriteAsync(store, Name, content, pieces).GetAwaiter().GetResult();

                Assert.Equal(length, store.GetLengthAsync(Name).Result);
                var start = Math.Min(offset, length);
                var end = isWhole ? length : Math.Min((long)offset + count, length);
                var expected = content.AsSpan(start, (int)Math.Max(0, end - start)).ToArray();
                Assert.True(expected.AsSpan().SequenceEqual(SomeKeys.ReadAsync(store, Name, offset, isWhole ? null : count).Result));
                using var stream = store.OpenReadAsync(Name, offset, isWhole ? null : count).Result;
                using var sync = new MemoryStream();
                stream.CopyTo(sync, 777);
                Assert.True(expected.AsSpan().SequenceEqual(sync.ToArray()));
            },
            iter: 200);

    [Fact]
    public void Written_at_once_or_piece_by_piece_it_is_the_same_object_and_any_other_content_is_a_conflict() =>
        Gen.Select(Lengths.Where(length => length > 0), Gen.Int[1, 200_000].Array[0, 6], Gen.Int[0, int.MaxValue - 1], Gen.Bool).Sample(
            (length, pieces, changed, isPiecewise) =>
            {
                var content = Noise(length);
                var store = Over(new MemoryObjectStore());
                WriteAsync(store, Name, content, pieces).GetAwaiter().GetResult();
                var other = Noise(length);
                other[changed % length] ^= 1;

                Assert.Equal(CreateOutcome.AlreadyThere, store.CreateAsync(Name, content).Result);
                Assert.Equal(CreateOutcome.AlreadyThere, WriteAsync(store, Name, content, [changed % 100_000 + 1]).Result);
                Assert.IsType<ObjectConflictException>(Record.Exception(() => Write(other)));
                Assert.IsType<ObjectConflictException>(Record.Exception(() => Write(content[..^1])));
                Assert.IsType<ObjectConflictException>(Record.Exception(() => Write([.. content, 0])));
                Assert.True(content.AsSpan().SequenceEqual(SomeKeys.ReadAsync(store, Name).Result));

                void Write(byte[] bytes) => (isPiecewise ? WriteAsync(store, Name, bytes, pieces) : store.CreateAsync(Name, bytes)).GetAwaiter().GetResult();
            },
            iter: 60);

    [Fact]
    public void No_two_attempts_have_a_salt_in_common()
    {
        var salts = Enumerable.Range(0, 100).Select(i =>
        {
            var memory = new MemoryObjectStore();
            var store = new EncryptedObjectStore(memory, SomeKeys.Ring());
            (i % 2 == 0 ? store.CreateAsync("a", new byte[] { 1 }) : WriteAsync(store, "a", [1], [])).GetAwaiter().GetResult();
            return Convert.ToHexString(memory.Objects["a"].AsSpan(24, 32));
        });

        Assert.Equal(100, salts.Distinct().Count());
    }

    [Fact]
    public async Task A_range_reads_its_chunks_and_one_byte_more_and_not_the_object()
    {
        await WriteAsync(Store, Name, Noise(1_000_000), []);
        var counting = new ReadCounter(inner);
        var store = new EncryptedObjectStore(counting, SomeKeys.Ring());

        await SomeKeys.ReadAsync(store, Name, 500_000, 10);
        Assert.Equal((2, 56 + 65552 + 1), (counting.Reads, counting.Bytes));
        await SomeKeys.ReadAsync(store, Name, 600_000, 65536);
        Assert.Equal((3, 56 + 65552 + 1 + 2 * 65552 + 1), (counting.Reads, counting.Bytes));
        await SomeKeys.ReadAsync(store, Name, 10, 10);
        Assert.Equal(4, counting.Reads);
    }

    [Fact]
    public void An_object_that_was_changed_anywhere_is_damaged_and_gives_out_no_byte_of_a_changed_chunk() =>
        Gen.Select(Lengths, Gen.Int[0, int.MaxValue - 1], Gen.Int[0, 7]).Sample(
            (length, at, bit) =>
            {
                var content = Noise(length);
                var memory = new MemoryObjectStore();
                WriteAsync(Over(memory), Name, content, []).GetAwaiter().GetResult();
                var stored = memory.Objects[Name];
                stored[at % stored.Length] ^= (byte)(1 << bit);

                var damage = DamageOf(Over(memory), Name, out var read);

                Assert.Equal(Name, damage.Name);
                Assert.True(content.AsSpan().StartsWith(read));
            },
            iter: 300);

    [Fact]
    public void An_object_that_was_cut_off_or_lengthened_anywhere_is_damaged() =>
        Gen.Select(Lengths, Gen.Int[0, int.MaxValue - 1], Gen.Int[1, 70_000], Gen.Int[0, 2]).Sample(
            (length, at, more, how) =>
            {
                var memory = new MemoryObjectStore();
                WriteAsync(Over(memory), Name, Noise(length), []).GetAwaiter().GetResult();
                var stored = memory.Objects[Name];
                memory.Objects[Name] = how switch
                {
                    0 => stored[..(at % stored.Length)],
                    1 => stored[..(int)Math.Min(stored.Length - 1, EncryptedLayout.PositionOf(at % 5))],
                    _ => [.. stored, .. new byte[more]],
                };

                Assert.Equal(Name, DamageOf(Over(memory), Name, out _).Name);
            },
            iter: 300);

    [Fact]
    public async Task An_object_under_another_name_is_damaged()
    {
        await Store.CreateAsync("lists/a", SomeKeys.Text("hello"));
        await Store.CreateAsync("lists/b", SomeKeys.Text("world"));
        (inner.Objects["lists/a"], inner.Objects["lists/b"]) = (inner.Objects["lists/b"], inner.Objects["lists/a"]);

        Assert.Equal("lists/a", DamageOf(Store, "lists/a", out _).Name);
        Assert.Equal("lists/b", DamageOf(Store, "lists/b", out _).Name);
    }

    [Fact]
    public async Task Chunks_in_another_order_are_damaged()
    {
        await WriteAsync(Store, Name, Noise(65536 * 3), []);
        var stored = inner.Objects[Name];
        inner.Objects[Name] = [.. stored[..56], .. stored[(56 + 65552)..(56 + 2 * 65552)], .. stored[56..(56 + 65552)], .. stored[(56 + 2 * 65552)..]];

        DamageOf(Store, Name, out var read);

        Assert.Empty(read);
    }

    [Fact]
    public async Task What_is_damaged_is_other_content_than_what_is_to_be_written()
    {
        await Store.CreateAsync(Name, SomeKeys.Text("hello"));
        inner.Objects[Name][^1] ^= 1;

        await Assert.ThrowsAsync<ObjectConflictException>(() => Store.CreateAsync(Name, SomeKeys.Text("hello")));
        await Assert.ThrowsAsync<ObjectConflictException>(() => WriteAsync(Store, Name, SomeKeys.Text("hello"), []));
    }

    [Fact]
    public async Task An_object_of_another_data_key_is_named_with_it()
    {
        await new EncryptedObjectStore(inner, SomeKeys.Ring(keys: 2)).CreateAsync(Name, SomeKeys.Text("hello"));

        var damage = DamageOf(Store, Name, out _);

        Assert.Contains("41414141-4141-4141-4141-414141414141", damage.Message, StringComparison.Ordinal);
        Assert.Contains(Name, damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_used_again_after_its_deletion_is_read_anew()
    {
        var store = Store;
        await WriteAsync(store, Name, Noise(200_000), []);
        await SomeKeys.ReadAsync(store, Name, 100_000, 1);
        await store.DeleteAsync(Name);
        var other = Noise(200_001);
        await WriteAsync(store, Name, other, []);

        Assert.Equal(other[100_000..100_009], await SomeKeys.ReadAsync(store, Name, 100_000, 9));
    }

    [Fact]
    public async Task The_repository_and_its_keys_are_left_as_they_are()
    {
        await Store.CreateAsync("repository.json", SomeKeys.Text("{}"));
        await Store.CreateAsync("keys/a.json", SomeKeys.Text("{}"));

        Assert.Equal("{}"u8, inner.Objects["repository.json"]);
        Assert.Equal("{}"u8, inner.Objects["keys/a.json"]);
        Assert.Equal(2, await Store.GetLengthAsync("keys/a.json"));
    }

    private static EncryptedObjectStore Over(MemoryObjectStore memory) => new(memory, SomeKeys.Ring());

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task<CreateOutcome> WriteAsync(IObjectStore store, string name, byte[] content, int[] pieces)
    {
        await using var upload = await store.BeginUploadAsync(name);
        var start = 0;
        foreach (var piece in pieces)
        {
            var end = Math.Min(content.Length, start + piece);
            await upload.WriteAsync(content.AsMemory(start..end));
            start = end;
        }

        await upload.WriteAsync(content.AsMemory(start));
        return await upload.CommitAsync();
    }

    private static DamagedObjectException DamageOf(EncryptedObjectStore store, string name, out byte[] read)
    {
        using var content = new MemoryStream();
        var damage = Assert.IsType<DamagedObjectException>(Record.Exception(() =>
        {
            using var stream = store.OpenReadAsync(name).GetAwaiter().GetResult();
            stream.CopyTo(content);
        }));
        read = content.ToArray();
        return damage;
    }
}
