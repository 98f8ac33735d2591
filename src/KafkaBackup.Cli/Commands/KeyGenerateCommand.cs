using System.CommandLine;
using System.Security.Cryptography;
using KafkaBackup.Repository.Encryption;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>key generate FILE</c>: makes a key file.</summary>
internal static class KeyGenerateCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The file to make; one that is there is left alone" };
        var command = new Command("generate", "Make a key file: 32 random bytes, for nobody but you to read. Who loses it and has no other key has lost the repository.") { file };
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(file));
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            try
            {
                await using var stream = new FileStream(path, options);
                await stream.WriteAsync(RandomNumberGenerator.GetBytes(RepositorySecret.LeastKeyFileBytes), cancellation);
                stream.Flush(flushToDisk: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RepositoryKeyException($"the key file {path} can't be made: {e.Message.TrimEnd('.')}", "give a path where there is no file yet, in a folder that may be written to", e);
            }

            Console.Out.WriteLine($"made {path}: keep a copy where the repository is not");
            return 0;
        });
        return command;
    }
}
