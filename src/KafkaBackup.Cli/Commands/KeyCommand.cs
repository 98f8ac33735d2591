using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Repository.Encryption;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>key</c>: the keys of an encrypted repository.</summary>
internal static class KeyCommand
{
    private const string NewOtherwise = "a terminal asks for a new passphrase where none is given";

    public static Command Create() => new("key", "The keys of an encrypted repository: each passphrase or key file opens all of it")
    {
        List(), Add(), Remove(), Rotate(), KeyGenerateCommand.Create(),
    };

    private static Command List()
    {
        var repository = new RepositoryAccess();
        var json = CommonOptions.Json();
        var command = new Command("list", "List the keys. It takes no secret.") { json };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            Terminal.Print(await repository.Keys(parsed).ListAsync(cancellation), parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static Command Add()
    {
        var repository = new RepositoryAccess();
        var added = new SecretOptions("new-", "to be added", NewOtherwise);
        var label = new Option<string>("--label") { Description = "What the key is called in lists; nothing by default", DefaultValueFactory = _ => "" };
        var command = new Command("add", "Let another passphrase or key file open the repository too") { label };
        repository.AddTo(command);
        added.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var secret = await repository.SecretAsync(parsed, cancellation);
            var other = await NewSecretAsync(added, parsed, cancellation);
            var id = await repository.Keys(parsed).AddAsync(secret, other, parsed.GetValue(label)!, cancellation);
            Console.Out.WriteLine($"added key {id}");
            return 0;
        });
        return command;
    }

    private static Command Remove()
    {
        var repository = new RepositoryAccess();
        var id = new Argument<string>("id") { Description = "The key's id, or how no other one begins" };
        var command = new Command("remove", "Remove a key; the one that opens the repository for this command stays. Who may have kept a copy is kept out of what is new by a rotation only.") { id };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var removed = await repository.Keys(parsed).RemoveAsync(await repository.SecretAsync(parsed, cancellation), parsed.GetRequiredValue(id), cancellation);
            Console.Out.WriteLine($"removed key {removed}");
            return 0;
        });
        return command;
    }

    private static Command Rotate()
    {
        var repository = new RepositoryAccess();
        var successor = new SecretOptions("new-", "that takes the place of the one that opens the repository now", "that one stays where left out");
        var variables = Several("--other-passphrase-variable", "An environment variable that holds the passphrase of another key; may be repeated; none where left out");
        var files = Several("--other-passphrase-file", "A file whose first line is the passphrase of another key; may be repeated; none where left out");
        var keyFiles = Several("--other-key-file", "The key file of another key; may be repeated; none where left out");
        var command = new Command("rotate", "Encrypt what is written from now on with a new data key, and give it to all keys: their secrets have to be there. Data is not rewritten. Run again after a crash, it comes to its end.")
        {
            variables, files, keyFiles,
        };
        repository.AddTo(command);
        successor.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var secret = await repository.SecretAsync(parsed, cancellation);
            var next = successor.Given(parsed) is { } source ? await source.ReadAsync(cancellation) : null;
            var others = new List<RepositorySecret>();
            foreach (var other in (IEnumerable<ISecretSource>)
                [
                    .. parsed.GetValue(variables)!.Select(name => new PassphraseVariable(name)), .. parsed.GetValue(files)!.Select(path => new PassphraseFile(path)),
                    .. parsed.GetValue(keyFiles)!.Select(path => new KeyFile(path)),
                ])
                others.Add(await other.ReadAsync(cancellation));
            var keys = await repository.Keys(parsed).RotateAsync(secret, next, others, cancellation);
            Console.Out.WriteLine($"rotated: {(keys.Count == 1 ? "key" : "keys")} {string.Join(", ", keys)}");
            return 0;
        });
        return command;
    }

    private static Option<string[]> Several(string name, string description) => new(name) { Description = description, DefaultValueFactory = _ => [] };

    private static async Task<RepositorySecret> NewSecretAsync(SecretOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        var source = options.Given(parsed) ?? PassphrasePrompt.New()
            ?? throw new RepositoryKeyException("no new secret is given", "say where it is: --new-passphrase-file, --new-passphrase-variable or --new-key-file");
        return await source.ReadAsync(cancellation);
    }

    private static void Tell(IReadOnlyList<RepositoryKeyInfo> keys)
    {
        Columns.Print(
            ["ID", "OPENED BY", "CREATED", "DATA KEYS", "LABEL"],
            keys.Select(key => (IReadOnlyList<string>)
                [key.Id.ToString(), key.Kind == SecretKind.KeyFile ? "key file" : "passphrase", key.Created.ToString("u"), key.DataKeys.ToString(), key.Label]));
        foreach (var key in keys.Where(key => !key.IsComplete))
            Console.Out.WriteLine($"note: key {key.Id} does not hold every data key: a rotation was interrupted, or went on while it was added; 'kafka-backup key rotate' completes it");
    }
}
